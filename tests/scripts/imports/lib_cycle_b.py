print('b begins')
import lib_cycle_a
name = 'b'
print('b sees', hasattr(lib_cycle_a, 'name'))
try:
    from lib_cycle_a import name as other
except ImportError as e:
    print(type(e).__name__, str(e).split(' (')[0])
