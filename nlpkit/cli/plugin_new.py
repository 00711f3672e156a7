"""nlpkit plugin new: a plugin that works, to be changed into one's own."""

from __future__ import annotations

from pathlib import Path

import click

from nlpkit.cli.output import PATH, answer, complain, shell_word

_KINDS = (
    *("encoder", "tokenizer", "collator", "trainer", "step", "loss", "optimizer", "schedule"),
    *("metric", "pooling", "tracker", "dataset"),
)


@click.command("new", short_help="Write a working plugin for you to change.")
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice(_KINDS),
    metavar="KIND",
    required=True,
    help=f"The kind of component to add: {', '.join(_KINDS[:-1])} or {_KINDS[-1]}.",
)
@click.option(
    "--folder", type=PATH, help="The folder to write; it must not exist. [default: the name of the plugin]"
)
def new_command(name: str, kind: str, folder: Path | None) -> None:
    """Write a working plugin called NAME, for you to change.

    \b
    nlpkit plugin new nlpkit-shout --kind tokenizer
    nlpkit plugin new nlpkit-attention --kind encoder --folder plugins/attention

    Writes a folder with a package, a small component, its tests and an example. From the name nlpkit-shout,
    or shout for short, come the package nlpkit_shout, the component shout and the class Shout.
    """
    from nlpkit.errors import ConfigError
    from nlpkit.scaffold.files import write
    from nlpkit.scaffold.names import Names
    from nlpkit.system.atomic import require_free

    names = Names.of(name)
    if names.component in _shipped(kind):
        raise ConfigError(
            f"nlpkit already has {'an' if kind[0] in 'aeiou' else 'a'} {kind} called {names.component}",
            hint=f"choose another name, such as my_{names.component}",
        )
    folder = folder or Path(names.distribution)
    require_free(folder, "--folder")
    write(names, kind, folder)
    answer(str(folder))
    steps = [f"cd {shell_word(folder)}", 'pip install -e ".[test]"', "pytest", "nlpkit run example.toml"]
    complain("next: " + "\n      ".join(steps))


def _shipped(kind: str) -> set[str]:
    """The names of the components of a kind that ship with nlpkit."""
    from nlpkit.plugins.loading import load

    return {entry.name.replace("-", "_") for entry in load([]).registry.entries(kind)}
