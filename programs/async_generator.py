"""An async generator: a stream of values whose next one has to be waited for.

Run:   ungil programs/async_generator.py
See:   `yield` hands a value to the `async for`, `await` hands the thread to the loop: between two values others run.
       Nothing is produced before it is asked for. Who leaves the loop early should close the generator, so that its
       `finally` runs now and not whenever somebody finds it: `aclosing` does that.
Try:   leave out aclosing and look when 'closed' is printed; two consumers of one generator.
"""
import asyncio
from contextlib import aclosing


async def countdown(name, n):
    try:
        while n:
            await asyncio.sleep(0.01)
            yield n
            n -= 1
    finally:
        print(f'  {name} closed at {n}')


async def show(name, n):
    async for value in countdown(name, n):
        print(f'  {name} {value}')


async def evens(numbers):
    """One generator may feed another."""
    async for number in numbers:
        if number % 2 == 0:
            yield number


async def main():
    print('one:')
    await show('a', 3)

    print('two at the same time:')
    await asyncio.gather(show('a', 2), show('b', 2))

    print('a chain:', [number * number async for number in evens(countdown('chain', 6))])

    print('left early:')
    async with aclosing(countdown('early', 1000)) as numbers:
        async for number in numbers:
            if number < 998:
                break
    print('and on we go')


asyncio.run(main())
