from ..inner import thing
from . import other
where = __name__, __package__
