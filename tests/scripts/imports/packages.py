import package.sub.leaf
print(package.renamed, package.inner.thing, package.sub.leaf.where, package.sub.other.x)
from package.sub import leaf as l
print(l is package.sub.leaf, l.thing)
try: package.inner.up()
except ImportError as e: print(type(e).__name__, e)
try: from package import nothing
except ImportError as e: print(str(e).split(' (')[0])
try: from . import x
except ImportError as e: print(e)
try: import package.nope
except ModuleNotFoundError as e: print(e)
print(package.__spec__.name, package.__spec__.parent, package.sub.__package__, package.inner.__spec__.parent)
