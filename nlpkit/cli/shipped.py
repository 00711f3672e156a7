"""The examples that ship with nlpkit: experiment files and scripts, as files to copy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from nlpkit.errors import ConfigError, did_you_mean
from nlpkit.system.atomic import atomic_text, require_free


@dataclass(frozen=True)
class Example:
    """A file; its name has no ending, and a folder before it where it is in one."""

    name: str
    path: Path

    @property
    def summary(self) -> str:
        """What its first line says: a comment or a docstring."""
        return self.path.read_text(encoding="utf-8").split("\n", 1)[0].strip('#" ')


def examples() -> list[Example]:
    """All of them, by name."""
    folder = examples_folder()
    files = [path for path in folder.rglob("*") if path.suffix in (".toml", ".py")]
    return sorted(
        (Example(path.relative_to(folder).with_suffix("").as_posix(), path) for path in files),
        key=lambda example: example.name,
    )


def examples_folder() -> Path:
    """Inside the package where it was installed from a wheel, beside it in a source tree."""
    package = Path(__file__).parent.parent
    inside = package / "examples"
    return inside if inside.is_dir() else package.parent / "examples"


def copy_example(name: str, folder: Path) -> Path:
    """Copy an example into a folder and give the new file."""
    known = {example.name: example for example in examples()}
    wanted = name.removesuffix(".toml").removesuffix(".py").removeprefix("examples/")
    if wanted not in known:
        raise ConfigError(f"example {name!r} is not known; {did_you_mean(wanted, known)}")
    source = known[wanted].path
    target = folder / source.name
    require_free(target, "folder: --to")
    with atomic_text(target) as file:
        file.write(source.read_text(encoding="utf-8"))
    return target
