"""click: command lines."""

import click
from click.testing import CliRunner


@click.group()
@click.version_option('1.2', prog_name='tool')
def cli():
    """A tool."""


@cli.command()
@click.option('--count', default=1, show_default=True, help='How often.')
@click.option('--kind', type=click.Choice(['a', 'b']), help='Which.')
@click.argument('name')
def hello(count, kind, name):
    """Greets NAME."""
    for _ in range(count):
        click.echo(f'Hello {name} {kind}')


@cli.command()
@click.argument('file', type=click.File('r'))
def cat(file):
    click.echo(file.read().upper(), nl=False)


for arguments in (['--help'], ['--version'], ['hello', '--help'], ['hello', '--count', '2', '--kind', 'b', 'Bob'],
                  ['hello', '--count', 'x', 'Bob'], ['hello', '--kind', 'z', 'Bob'], ['hello'], ['nothing']):
    result = CliRunner().invoke(cli, arguments)
    print(arguments, result.exit_code)
    print(result.output)
print(CliRunner().invoke(cli, ['cat', '-'], input='some text\n').output)
print(repr(click.style('red', fg='red', bold=True)), click.unstyle('\x1b[31mred\x1b[0m'))
