"""Calling a coroutine function runs nothing of it: the call makes a coroutine, and an await runs it.

Run:   ungil programs/coroutine_is_lazy.py
See:   the kitchen is silent until somebody awaits. A coroutine runs once: the result is in the await, and a second
       await is an error. The last lines drive one by hand, which is all that a loop does: send(None) runs it, and
       its return value comes in a StopIteration. A coroutine that is thrown away unawaited is a mistake, so the
       interpreter warns of it.
Try:   drop the `await` before brew('tea') and look at what is printed.
"""
import asyncio
import inspect


async def brew(drink):
    print(f'  ({drink} is being made)')
    return f'a cup of {drink}'


async def main():
    order = brew('coffee')
    print('called: ', type(order).__name__, inspect.getcoroutinestate(order))
    print('awaited:', await order, inspect.getcoroutinestate(order))
    try:
        await order
    except RuntimeError as error:
        print('again:  ', error)
    print('at once:', await brew('tea'))


asyncio.run(main())

order = brew('cocoa')
try:
    order.send(None)
except StopIteration as end:
    print('by hand:', end.value)

brew('nothing')
