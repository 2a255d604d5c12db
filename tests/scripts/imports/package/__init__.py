print('package runs', __name__, __package__, [p.rpartition('/')[2] for p in __path__])
from . import inner
from .inner import thing as renamed
