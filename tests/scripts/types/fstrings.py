name, n, d = 'World', 3.14159, {'a': 1}
print(f'Hello {name}! {n:.2f} {n:{8}.{2}f} {name!r} {name!s:>8} {d["a"]} {d['a']}')
print(f'{name=} {n = :.1f} {1+1=} {d=!s} {name = }')
print(f'{{}} {{{name}}} {"nested " + f"{n:.1f}"} {[i for i in range(3)]} {(lambda x: x * 2)(4)} { {1: 2}[1] }')
print(f'''multi
{name}
line''', f"a{'b' 'c'}d" 'e' f'{1}', rf'\n{name}\t', f'\n{1}\x41\N{BULLET}')
print(f'{1:{"0"}>{5}} {True:^7} {None!r:>6} {3:b} {"a" if n > 3 else "b"} {name:*^{len(name) + 4}}')
print(f'{f"{f"{1}"}"} {"\n".join(["a", "b"])} {name!a} {n!r:.3}')
print(f'{
    name  # a comment
    .upper()
}', f'{"{"} {"}"} {":"}', f'{n:%}' f'{1!r}')
print(f'{lambda_ if (lambda_ := 5) else 0} {(y := 7)} {y} {-1} {not 1} {1 < 2} {1 == 1} {*[1, 2], 3}')
x = 5
print(f'{x:{x}}|{x!s:{x}}|{x:>{x}}|{x:{"<"}{x}}|')
import string.templatelib as t
tpl = t'Hello {name!r:>{x}} and {x + 1}'
print(type(tpl).__name__, tpl.strings, [(i.value, i.expression, i.conversion, i.format_spec) for i in tpl.interpolations])
print(list(t'{x}a')[1], (t'a' + t'b{x}').strings)
