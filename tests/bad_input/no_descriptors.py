import resource
resource.setrlimit(resource.RLIMIT_NOFILE, (30, 30))
files = []
try:
    while True:
        files.append(open("/dev/null"))
except OSError as e:
    problem = e
files.clear()
raise problem
