type Pair[T] = tuple[T, T]
type Lazy = undefined_so_far
print(Pair, Pair.__name__, Pair.__type_params__)
print(Pair.__value__)
print(Pair[int])
try:
    Lazy.__value__
except NameError as e:
    print(e)
undefined_so_far = int
print(Lazy.__value__)
def first[T](items: list[T]) -> T:
    return items[0]
print(first([1]), first.__type_params__)
class Stack[T: int, *Ts, **P]:
    pass
print(Stack.__type_params__, Stack.__orig_bases__)
print(Stack.__type_params__[0].__bound__)
type = 3
print(type)
