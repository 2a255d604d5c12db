"""`await` waits: three of them in a row take as long as all three waits together.

Run:   ungil programs/await_is_sequential.py
See:   each download begins when the one before it has ended, although nothing is computed meanwhile: 0.6 seconds.
       Compare with tasks_run_together.py, which differs in one line.
Try:   other times; a thread that prints while this program sleeps.
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
    sizes = [await download('picture', 0.3), await download('text', 0.1), await download('sound', 0.2)]
    say('all is there:', sizes)


begin = time.perf_counter()
asyncio.run(main())
