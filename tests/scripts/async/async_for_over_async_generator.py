# An asynchronous generator's awaitables end with StopIteration, which carries the item.
async def numbers():
    yield 1
    yield 2


async def consume():
    async for n in numbers():
        print(n)
    print([n async for n in numbers()])


try:
    consume().send(None)
except StopIteration:
    print('done')
