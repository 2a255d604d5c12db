import annotationlib
def f(a: int, b: 'str' = 'x', *args: float, c: undefined = 1, **kw: bytes) -> list[int]: ...
try:
    f.__annotations__
except NameError as e:
    print(e)
print(annotationlib.get_annotations(f, format=annotationlib.Format.STRING))
undefined = complex
print(f.__annotations__)
class C:
    x: int
    y: 'forward' = 3
    if False:
        never: int = 1
print(C.__annotations__, C.y, hasattr(C, 'x'))
class Node:
    next: Node | None
print(Node.__annotations__)
x: int = 1
print(__annotations__ if '__annotations__' in globals() else 'lazy')
