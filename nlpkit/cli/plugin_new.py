"""nlpkit plugin new: a plugin that works, to be changed into one's own."""

from __future__ import annotations

from pathlib import Path

import click

from nlpkit.cli.output import PATH, answer, complain, shell_word

_KINDS = ("encoder", "tokenizer", "collator", "trainer", "dataset")


@click.command("new", short_help="Write a plugin that works, to be changed into your own.")
@click.argument("name")
@click.option("--kind", type=click.Choice(_KINDS), required=True, help="What it adds to nlpkit.")
@click.option(
    "--folder",
    type=PATH,
    help="The folder to write, which must not exist. [default: the name of the plugin]",
)
def new_command(name: str, kind: str, folder: Path | None) -> None:
    """Write a plugin called NAME: a package with a small component that works, its tests and an example.

    NAME is nlpkit-shout or shout; the distribution is nlpkit-shout, the package nlpkit_shout, the component
    shout and its class Shout. Nothing is ever overwritten.

    \b
    nlpkit plugin new nlpkit-shout --kind tokenizer
    """
    from nlpkit.errors import ConfigError
    from nlpkit.scaffold.files import write
    from nlpkit.scaffold.names import Names
    from nlpkit.system.atomic import require_free

    names = Names.of(name)
    if names.component in _shipped(kind):
        raise ConfigError(
            f"nlpkit has {'an' if kind[0] in 'aeiou' else 'a'} {kind} called {names.component}",
            hint=f"give another name, such as my_{names.component}",
        )
    folder = folder or Path(names.distribution)
    require_free(folder, "--folder")
    write(names, kind, folder)
    answer(str(folder))
    complain(
        f'now: cd {shell_word(folder)}\n     pip install -e ".[test]"\n     pytest && nlpkit run example.toml'
    )


def _shipped(kind: str) -> set[str]:
    """The names of the components of a kind that ship with nlpkit."""
    from nlpkit.plugins.loading import load

    return {entry.name.replace("-", "_") for entry in load([]).registry.entries(kind)}
