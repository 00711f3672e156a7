"""Completion in bash, zsh and fish: what a shell is told when Tab is pressed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import redirect_stderr, suppress
from io import StringIO
from itertools import pairwise
from pathlib import Path

import click
from click.shell_completion import BashComplete, CompletionItem, add_completion_class, shell_complete

from nlpkit.components.kinds import KINDS
from nlpkit.errors import ConfigError, did_you_mean
from nlpkit.scoring.metrics import METRICS

VARIABLE = "_NLPKIT_COMPLETE"
INSTRUCTIONS = [f"{shell}_{what}" for what in ("source", "complete") for shell in ("bash", "zsh", "fish")]
LEVELS = 2  # of folders looked through, so that runs/NAME is found from above runs
MOST_FOLDERS = 200


class Bash(BashComplete):
    """click's, with names quoted as the shell needs them, no space after METRIC=, and words that have a =."""

    source_template = r"""%(complete_func)s() {
    local IFS=$'\n' word="${COMP_WORDS[COMP_CWORD]}" words="${COMP_WORDS[*]}" kind value
    COMPREPLY=()
    while IFS=, read -r kind value; do
        case $kind in
            dir) compopt -o dirnames ;;
            file) compopt -o default ;;
            plain)
                [[ $value ]] || continue
                [[ $word == [\"\']* ]] || printf -v value %%q "$value"
                COMPREPLY+=("${value/#\\~/\~}")
        esac
    done < <(COMP_WORDS=$words COMP_CWORD=$COMP_CWORD %(complete_var)s=bash_complete "$1" 2>/dev/null)
    [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
    return 0
}
complete -o nosort -F %(complete_func)s %(prog_name)s
"""

    def get_completion_args(self) -> tuple[list[str], str]:
        """The words as they were typed: bash takes them apart at each =, and goes on with the last part."""
        args, last = super().get_completion_args()
        words: list[str] = []
        for before, word in pairwise(["", *args, last]):
            if words and "=" in (before, word):
                words[-1] += word
            else:
                words.append(word)
        self._kept = words[-1] if last == "=" else words[-1].removesuffix(last)
        return words[:-1], words[-1]

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


kinds = _offered(lambda ctx: KINDS)
components = _offered(_components)
metrics = _offered(lambda ctx: METRICS)
bars = _offered(lambda ctx: [f"{name}=" for name in METRICS if METRICS[name].higher_is_better])


def _near(wanted: Callable[[Path], bool], otherwise: str) -> Callable[..., list[CompletionItem]]:
    """Paths of a kind; where none is near, the shell's own completion of a `file` or a `dir`."""
    return lambda ctx, param, incomplete: (
        [CompletionItem(path) for path in _paths(incomplete, wanted)]
        or [CompletionItem(incomplete, type=otherwise)]
    )


experiments = _near(lambda path: path.suffix == ".toml" and path.is_file(), "file")
runs = _near(lambda path: any((path / inside / "bundle.json").is_file() for inside in ("model", "")), "dir")


def _paths(incomplete: str, wanted: Callable[[Path], bool]) -> list[str]:
    """The wanted paths that start as typed, and those in folders that do; none is hidden."""
    head, slash, name = incomplete.rpartition("/")
    start = Path(head + slash).expanduser()
    level = [path for path in _inside(start) if path.name.startswith(name)]
    found = []
    for _ in range(LEVELS):
        here = [path for path in level if wanted(path)]
        found += [head + slash + path.relative_to(start).as_posix() for path in here]
        folders = [path for path in level if path not in here and path.is_dir()]
        level = [path for folder in folders[:MOST_FOLDERS] for path in _inside(folder)]
    return found


def _inside(folder: Path) -> list[Path]:
    """What can be shown of a folder."""
    with suppress(OSError):
        shown = (path for path in folder.iterdir() if path.name.isprintable())
        return sorted(path for path in shown if not path.name.startswith("."))
    return []
