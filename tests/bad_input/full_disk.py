import sys
f = open("/dev/full", "w")
f.write("x")
f.close()
