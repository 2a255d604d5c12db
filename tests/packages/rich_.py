"""rich: tables, markup, trees and syntax on a terminal."""

import io

from rich.console import Console
from rich.markdown import Markdown
from rich.panel import Panel
from rich.pretty import pretty_repr
from rich.syntax import Syntax
from rich.table import Table
from rich.tree import Tree

console = Console(file=io.StringIO(), width=60, force_terminal=True, color_system='truecolor')
table = Table(title='Title')
table.add_column('Name', style='cyan')
table.add_column('Value', justify='right')
table.add_row('one', '[bold]1[/]')
table.add_row('two', '2')
console.print(table)
tree = Tree('root')
tree.add('left').add('leaf')
tree.add('right')
console.print(tree, Panel('text', title='panel'))
console.print(Markdown('# Head\n\n* item **bold**\n\n`code`'))
console.print(Syntax('def f(x):\n    return x + 1  # sum\n', 'python', line_numbers=True))
console.print({'a': [1, 2.5, None, True], 'b': 'text'}, 'https://example.org', 3)
print(console.file.getvalue())
print(pretty_repr({'a': list(range(40)), 'b': {'c': 'd' * 30}}))
