async def f(): raise ValueError("lost")

f().send(None)
