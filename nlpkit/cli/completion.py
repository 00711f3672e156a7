"""Completion in bash, zsh and fish: what a shell is told when Tab is pressed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, suppress
from glob import escape
from io import StringIO
from itertools import islice
from pathlib import Path

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class, shell_complete

from nlpkit.errors import ConfigError, did_you_mean

VARIABLE = "_NLPKIT_COMPLETE"
INSTRUCTIONS = [f"{shell}_{what}" for what in ("source", "complete") for shell in ("bash", "zsh", "fish")]
MOST_PATHS = 10_000  # looked at


class Bash(BashComplete):
    """click's, with names quoted for the shell, no space after METRIC=, and words that have a = in them."""

    source_template = BashComplete.source_template.replace(
        "COMPREPLY+=($value)",
        r"""[[ ${COMP_WORDS[COMP_CWORD]} == [\"\']* ]] || printf -v value %%q "$value"
            COMPREPLY+=("${value/#\\~/\~}")
            [[ $value == *= ]] && compopt -o nospace""",
    )

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words as they were typed: bash takes them apart at each =, and completes the last part."""
        args, last = super().get_completion_args()
        *words, whole = "\n".join([*args, last]).replace("\n=", "=").replace("=\n", "=").split("\n")
        self._kept = whole if last == "=" else whole.removesuffix(last)
        return words, whole

    def format_completion(self, item: CompletionItem) -> str:
        return f"{item.type},{item.value.removeprefix(self._kept)}"


def complete(cli: click.Command, instruction: str) -> int:
    """Do what the variable says: print the script of a shell, or what a half-typed line may go on with.

    Of a line that cannot be completed nothing is said, for whatever reason: its words are still being typed.
    """
    if instruction not in INSTRUCTIONS:
        near = did_you_mean(instruction, INSTRUCTIONS)
        raise ConfigError(f"{VARIABLE} is {instruction!r}, which no shell asks for; {near}")
    add_completion_class(Bash)
    if instruction.endswith("_source"):
        return shell_complete(cli, {}, "nlpkit", VARIABLE, instruction)
    with redirect_stderr(StringIO()), suppress(Exception):
        return shell_complete(cli, {}, "nlpkit", VARIABLE, instruction)
    return 1


def examples(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Their names, with what they are about."""
    from nlpkit.cli.shipped import examples

    found = [example for example in examples() if example.name.startswith(incomplete)]
    return [CompletionItem(example.name, help=example.summary) for example in found]


def _offered(names: Callable[[click.Context], Iterable[str]]) -> Callable[..., list[str]]:
    """Those of some names that start as typed."""
    return lambda ctx, param, incomplete: [name for name in names(ctx) if name.startswith(incomplete)]


def _components(ctx: click.Context) -> list[str]:
    from nlpkit.plugins.loading import installed_plugins

    return [entry.name for entry in installed_plugins().registry.entries(ctx.params["kind"])]


def _kinds(ctx: click.Context) -> Iterable[str]:
    from nlpkit.components.kinds import KINDS

    return KINDS


def _metrics(ctx: click.Context) -> Iterable[str]:
    from nlpkit.plugins.loading import installed_plugins
    from nlpkit.scoring.metrics import METRICS

    return dict.fromkeys([*METRICS, *installed_plugins().names("metric")])


def _bars(ctx: click.Context) -> Iterable[str]:
    from nlpkit.plugins.loading import installed_plugins

    metrics = installed_plugins().registry.entries("metric")
    better = {entry.name for entry in metrics if getattr(entry.settings, "higher_is_better", True)}
    return [f"{name}=" for name in _metrics(ctx) if name in better]


def _adding(ctx: click.Context) -> Iterable[str]:
    from nlpkit.plugins.asked import PREDICTED, those_with
    from nlpkit.plugins.loading import installed_plugins

    return those_with(PREDICTED, installed_plugins())


def _engines(ctx: click.Context) -> Iterable[str]:
    from nlpkit.plugins.loading import installed_plugins

    return installed_plugins().names("engine")


kinds, components, metrics, bars, adding = map(_offered, (_kinds, _components, _metrics, _bars, _adding))
engines = _offered(_engines)


def _near(wanted: Callable[[Path], bool], otherwise: str) -> Callable[..., list[CompletionItem]]:
    """Paths of a kind; where none is near, the shell's own completion of a `file` or a `dir`."""
    return lambda ctx, param, incomplete: (
        [CompletionItem(path) for path in _paths(incomplete, wanted)]
        or [CompletionItem(incomplete, type=otherwise)]
    )


def _is_experiment(path: Path) -> bool:
    return path.suffix == ".toml" and path.is_file()


def _is_text(path: Path) -> bool:
    from nlpkit.data.reading.formats import known_ending

    return known_ending(path) and path.is_file()


texts = _near(_is_text, "file")
sources = _near(lambda path: _is_experiment(path) or _is_text(path), "file")
runs = _near(lambda path: any((path / inside / "bundle.json").is_file() for inside in ("model", "")), "dir")


def _paths(incomplete: str, wanted: Callable[[Path], bool]) -> list[str]:
    """The wanted paths that start as typed, and those one folder below; none is hidden."""
    head, slash, name = incomplete.rpartition("/")
    start = Path(head + slash).expanduser()
    found = []
    for pattern in (f"{escape(name)}*", f"{escape(name)}*/*"):
        for path in sorted(islice(start.glob(pattern), MOST_PATHS)):
            shown = path.relative_to(start)
            hidden = any(part.startswith(".") or not part.isprintable() for part in shown.parts)
            if not hidden and wanted(path) and not (path.parent != start and wanted(path.parent)):
                found.append(head + slash + shown.as_posix())
    return found
