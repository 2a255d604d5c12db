"""Tasks wait at the same time: three of them take as long as the longest.

Run:   ungil programs/tasks_run_together.py
See:   all three downloads begin at once and end in the order of their times, after 0.3 seconds in all, in one thread.
       gather() makes a task of each coroutine: the loop has three to choose from, and runs whichever's wait is over.
       The results come in the order in which they were asked for. Compare with await_is_sequential.py.
Try:   asyncio.create_task() in front of the three lines of await_is_sequential.py, then await the tasks in a row;
       time.sleep() in place of asyncio.sleep().
"""
import asyncio
import time


def say(*what):
    print(f'{time.perf_counter() - begin:.1f} s ', *what)


async def download(name, seconds):
    say(name, 'begins')
    await asyncio.sleep(seconds)
    say(name, 'ends')
    return len(name)


async def main():
    sizes = await asyncio.gather(download('picture', 0.3), download('text', 0.1), download('sound', 0.2))
    say('all is there:', sizes)


begin = time.perf_counter()
asyncio.run(main())
