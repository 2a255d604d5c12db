print('a begins')
import lib_cycle_b
name = 'a'
print('a ends', lib_cycle_b.name)
