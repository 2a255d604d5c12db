"""A timeout is a cancellation that comes by itself.

Run:   ungil programs/timeouts.py
See:   when the time is up, what stands inside `async with asyncio.timeout(...)` is cancelled at its await, cleans up,
       and the cancellation comes out of the block as a TimeoutError. Of two timeouts the one whose time is up
       raises. A deadline can be moved while it runs. A call that blocks is not cut short: nobody looks at the clock.
Try:   time.sleep(0.2) in place of the await in slow(); timeout_at(); a timeout of 0.
"""
import asyncio


async def slow(name):
    try:
        await asyncio.sleep(10)
    finally:
        print(f'  {name} cleans up')


async def patient(steps):
    """Every step that succeeds earns more time."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(0.1) as limit:
        for _ in range(steps):
            await asyncio.sleep(0.02)
            limit.reschedule(loop.time() + 0.1)
    return steps


async def main():
    try:
        async with asyncio.timeout(0.05):
            await slow('the block')
    except TimeoutError:
        print('the block took too long')

    try:
        await asyncio.wait_for(slow('the call'), 0.05)
    except TimeoutError:
        print('the call took too long')

    try:
        async with asyncio.timeout(0.05) as outer:
            async with asyncio.timeout(10) as inner:
                await slow('the inner block')
    except TimeoutError:
        print('outer expired:', outer.expired(), ' inner expired:', inner.expired())

    async with asyncio.timeout(10) as limit:
        await asyncio.sleep(0.01)
    print('in time, so nothing happened:', limit.expired())

    print('longer than its first deadline:', await patient(8), 'steps')


asyncio.run(main())
