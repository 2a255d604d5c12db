import asyncio

async def test() -> None:
	print('async')

result = asyncio.run(test())
