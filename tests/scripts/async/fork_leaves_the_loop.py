# A child of a fork runs no event loop and no task, whatever ran in its parent.
import asyncio
import os


async def main():
    r, w = os.pipe()
    pid = os.fork()
    if pid == 0:
        loop = asyncio._get_running_loop()
        asyncio._set_running_loop('another')
        os.write(w, f'{loop} {asyncio.current_task()}'.encode())
        os._exit(0)
    os.waitpid(pid, 0)
    print(os.read(r, 100).decode())
    print(asyncio.current_task() is not None, asyncio.get_running_loop() is not None)
    os.close(r)
    os.close(w)


asyncio.run(main())
