# Threads that hand bytes to each other through pipes: a read waits for a write of another thread.
import os
import threading

r, w = os.pipe()
back_r, back_w = os.pipe()


def echo():
    with open(r, 'rb') as source, open(back_w, 'wb') as target:
        for line in source:
            target.write(line.upper())
            target.flush()


thread = threading.Thread(target=echo)
thread.start()
with open(w, 'wb', buffering=0) as out, open(back_r, 'rb', buffering=0) as answers:
    for word in b'one\n', b'two\n', b'three\n':
        out.write(word)
        print(os.read(answers.fileno(), 100))
    # More than a pipe holds.
    def send():
        print(out.write(b'x' * 100_000 + b'\n'))
        out.close()

    sender = threading.Thread(target=send)
    data = bytearray()
    sender.start()
    while part := answers.read(7000):
        data += part
    sender.join()
print(len(data), set(data) == set(b'X\n'))
thread.join()
