"""What a loop takes apart at once: enumerate, zip and the items of a dict, and everything that only looks like them."""
import sys
def f():
    out=[]
    for i,x in enumerate('abc'): out.append((i,x))
    for k,v in {1:2,3:4}.items(): out.append((k,v))
    for a,b in zip([1,2,3],'xy'): out.append((a,b))
    for a,b in zip([1,2],[3,4],strict=True): out.append((a,b))
    for a,b in [(1,2),(3,4)]: out.append((a,b))
    try:
        for a,b in zip([1,2],[3],strict=True): out.append((a,b))
    except ValueError as e: out.append(str(e))
    d={1:1}
    try:
        for k,v in d.items(): d[k+1]=v
    except RuntimeError as e: out.append(str(e))
    for it in (enumerate([5,6]), zip('ab','cd'), {7:8}.items(), [(1,2)], iter([[3,4]]), zip(*[[1],[2]])):
        for a,b in it: out.append((a,b))
    for i,x in enumerate([1,2], 2**62): out.append(i)
    for i,x in enumerate([1], 2**70): out.append(i)
    try:
        for a,b in zip([1],[2],[3]): pass
    except ValueError as e: out.append(str(e))
    class E(enumerate):
        def __next__(self): return (9, super().__next__())
    for a,b in E('q'): out.append((a,b))
    return out
for _ in range(3): print(f())
events=[]
def tr(fr,ev,arg):
    fr.f_trace_opcodes=True
    events.append(ev); return tr
def g():
    for i,x in enumerate('abcd'):
        pass
g();g();g()
sys.settrace(tr); g(); sys.settrace(None); print(events.count('line'), events.count('opcode'))
