import asyncio
async def sleeper():
    try: await asyncio.sleep(10)
    except asyncio.CancelledError: print('cancelled'); raise
    finally: print('cleaned')
async def fails(n): await asyncio.sleep(0); raise ValueError(n)
async def main():
    t = asyncio.create_task(sleeper()); await asyncio.sleep(0); t.cancel('why')
    try: await t
    except asyncio.CancelledError as e: print('caught', e.args, t.cancelled())
    try: await asyncio.wait_for(sleeper(), 0.01)
    except TimeoutError as e: print('timeout', repr(e))
    try:
        async with asyncio.timeout(0.01): await sleeper()
    except TimeoutError: print('timeout 2')
    try:
        async with asyncio.TaskGroup() as g: g.create_task(fails(1)); g.create_task(fails(2)); g.create_task(sleeper())
    except* ValueError as eg: print([str(e) for e in eg.exceptions])
    print(await asyncio.gather(fails(1), asyncio.sleep(0, 'ok'), return_exceptions=True))
    try: await asyncio.gather(fails(3), asyncio.sleep(0))
    except ValueError as e: print('gather', e)
    s = asyncio.shield(asyncio.sleep(0.01, 'shielded')); print(await s)
    f = asyncio.get_running_loop().create_future(); asyncio.get_running_loop().call_soon(f.set_result, 5); print(await f)
    try: await 5
    except TypeError as e: print(e)
    c = fails(9)
    try: await c
    except ValueError: pass
    try: await c
    except RuntimeError as e: print(e)
asyncio.run(main())
try: asyncio.run(5)
except TypeError as e: print(e)
async def nested():
    try: asyncio.run(main())
    except RuntimeError as e: print(e)
import warnings; warnings.simplefilter('ignore'); asyncio.run(nested())
