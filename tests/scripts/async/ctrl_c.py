"""Ctrl-C cancels the main task, and asyncio.run() shuts everything down before KeyboardInterrupt comes out of it."""
import asyncio
import os
import signal
import subprocess
import sys


def interrupt_soon(times=1):
    for n in range(times):
        asyncio.get_running_loop().call_later(0.05 + n / 20, os.kill, os.getpid(), signal.SIGINT)


async def waits(name):
    try:
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0)
        print(f'{name} has cleaned up')


async def numbers():
    try:
        while True:
            yield 1
    finally:
        print('the async generator is closed')


async def main():
    child = asyncio.create_task(waits('child'))
    generator = numbers()
    await anext(generator)
    interrupt_soon()
    try:
        await waits('main')
    except asyncio.CancelledError as error:
        print('main is cancelled', repr(error), 'while child is', 'done' if child.done() else 'pending')
        raise


def run(main):
    try:
        print(main.__name__, asyncio.run(main()))
    except KeyboardInterrupt as error:
        print(main.__name__, 'is interrupted,', repr(error.__context__))
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


async def swallows():
    interrupt_soon()
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        return 'goes on'


async def twice():
    interrupt_soon(2)
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        print('once is not enough')
        await asyncio.sleep(60)


async def switches():
    interrupt_soon()
    while True:
        await asyncio.sleep(0)


for each in main, swallows, twice, switches:
    run(each)

with asyncio.Runner() as runner:
    for each in 1, 2:
        try:
            runner.run(main())
        except KeyboardInterrupt:
            print('runner interrupted', each)

CHILD = '''
import asyncio
async def main():
    print('ready', flush=True)
    try:
        await asyncio.sleep(60)
    finally:
        print('cleaned up')
asyncio.run(main())
'''
lock = [] if sys._is_gil_enabled() else ['-X', 'gil=0']
child = subprocess.Popen([sys.executable, *lock, '-c', CHILD], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
print(child.stdout.readline().strip())
child.send_signal(signal.SIGINT)
out, err = child.communicate()
print(out.strip(), child.returncode)
print(err.splitlines()[0], '...', err.splitlines()[-1])
