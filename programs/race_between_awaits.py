"""A race with a single thread: read, await, write.

Run:   ungil programs/race_between_awaits.py
See:   ten customers pay 1 each into one account. Where an await stands between reading the balance and writing it,
       others pay in meanwhile, and what they paid is overwritten: always the same loss, for the loop is no scheduler
       that changes its mind. `balance += await ...` is the same mistake in one line: the left side is read first.
       Without an await in between nobody can interrupt, and an asyncio.Lock keeps others out where one must be.
Try:   a random time in bank(); await first and then add; more customers.
"""
import asyncio

CUSTOMERS = 10
balance = 0
lock = asyncio.Lock()


async def bank(amount):
    """Asks the bank, which takes a moment."""
    await asyncio.sleep(0)
    return amount


async def read_await_write():
    global balance
    old = balance
    amount = await bank(1)
    balance = old + amount


async def in_one_line():
    global balance
    balance += await bank(1)


async def await_first():
    global balance
    amount = await bank(1)
    balance += amount


async def with_lock():
    global balance
    async with lock:
        old = balance
        balance = old + await bank(1)


async def main():
    global balance
    for pay in read_await_write, in_one_line, await_first, with_lock:
        balance = 0
        await asyncio.gather(*[pay() for _ in range(CUSTOMERS)])
        print(f'{pay.__name__:17} {CUSTOMERS} paid, the balance is {balance}')


asyncio.run(main())
