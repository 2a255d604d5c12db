# Children: forked with threads about, run by subprocess, waited for.
import fcntl
import mmap
import os
import subprocess
import sys
import threading
import warnings

warnings.simplefilter("ignore")
stop = threading.Event()
threads = [threading.Thread(target=stop.wait) for _ in range(2)]
for t in threads:
    t.start()

shared = mmap.mmap(-1, 16)
local = threading.local()
local.x = "mine"
for i in range(3):
    pid = os.fork()
    if pid == 0:
        ok = threading.active_count() == 1 and local.x == "mine"
        done = []
        t = threading.Thread(target=done.append, args=(1,))
        t.start()
        t.join()
        shared[i] = ok and done == [1]
        os._exit(i)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
print(shared[:4])
stop.set()
for t in threads:
    t.join()

order = []
os.register_at_fork(before=lambda: order.append("before 1"), after_in_parent=lambda: order.append("parent 1"))
os.register_at_fork(before=lambda: order.append("before 2"), after_in_parent=lambda: order.append("parent 2"))
pid = os.fork()
if pid == 0:
    os._exit(order != ["before 2", "before 1"])
print(os.waitpid(pid, 0)[1], order)

print(subprocess.run(["sh", "-c", "cat; echo err >&2; exit 3"], input=b"in", capture_output=True))
for kwargs in {"args": ["/nonexistent"]}, {"args": ["true"], "cwd": "/nonexistent"}:
    try:
        subprocess.run(**kwargs)
    except OSError as e:
        print(e)
try:
    subprocess.run(["true"], preexec_fn=lambda: 1 / 0)
except subprocess.SubprocessError as e:
    print(e)
r, w = os.pipe()
print(subprocess.run(["sh", "-c", f"echo x >&{w}"], pass_fds=[w]).returncode, os.read(r, 9))
print(os.posix_spawn("/bin/true", ["true"], {}) > 0, os.wait()[1])
for argv in ([], [""], 1):
    try:
        os.execv("/nonexistent", argv)
    except (TypeError, ValueError) as e:
        print(type(e).__name__, e)
try:
    fcntl.fcntl(0, fcntl.F_GETFL, [])
except TypeError as e:
    print(e)
with mmap.mmap(-1, 8) as m:
    m[:3] = b"abc"
    view = memoryview(m)
    try:
        m.close()
    except BufferError as e:
        print(e)
    view.release()
    print(m.find(b"c"), m, list(m)[:2])
sys.stdout.flush()
