"""The examples that ship with nlpkit: experiment files and scripts, as files to copy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

from nlpkit.errors import ConfigError, did_you_mean
from nlpkit.system.atomic import atomic_bytes, atomic_folder, require_free, writing


@dataclass(frozen=True)
class Example:
    """A file, whose name has no ending, or a folder of files that belong together."""

    name: str
    path: Path

    @property
    def summary(self) -> str:
        """What the first line of a file says, a comment or a docstring; of a folder, what is in it."""
        if self.path.is_dir():
            first, *_, last = sorted(file.stem for file in self.path.glob("*.toml"))
            return f"A folder of experiments, from {first} to {last}"
        return self.path.read_text(encoding="utf-8").split("\n", 1)[0].strip('#" ')


def examples() -> list[Example]:
    """All of them, by name."""
    folder = examples_folder()
    files = [path for path in folder.rglob("*") if path.suffix in (".toml", ".py")]
    folders = {path.parent for path in files} - {folder}
    return sorted(
        (Example(path.relative_to(folder).with_suffix("").as_posix(), path) for path in [*files, *folders]),
        key=lambda example: example.name,
    )


def examples_folder() -> Path:
    """Inside the package where it was installed from a wheel, beside it in a source tree."""
    package = Path(__file__).parent.parent
    inside = package / "examples"
    return inside if inside.is_dir() else package.parent / "examples"


def copy_example(name: str, folder: Path) -> Path:
    """Copy an example into a folder and give the new file, or the new folder of files."""
    known = {example.name: example for example in examples()}
    wanted = name.removesuffix(".toml").removesuffix(".py").removesuffix("/").removeprefix("examples/")
    if wanted not in known:
        raise ConfigError(f"example {name!r} is not known; {did_you_mean(wanted, known)}")
    source = known[wanted].path
    target = folder / source.name
    require_free(target, "folder: --to")
    if source.is_dir():
        with atomic_folder(target) as copy, writing(target):
            for file in source.glob("*.toml"):
                copyfile(file, copy / file.name)
    else:
        with atomic_bytes(target) as written:
            written.write(source.read_bytes())
    return target
