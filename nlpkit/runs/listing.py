"""The runs of a folder: finished ones, those at work, and those that were stopped and can go on."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from nlpkit.runs.checkpoints.begun import UNFINISHED, can_go_on
from nlpkit.runs.checkpoints.finished import SEAL as FINISHED
from nlpkit.runs.checkpoints.state import REST
from nlpkit.runs.checkpoints.store import SEAL as CHECKPOINT
from nlpkit.system.atomic import is_held
from nlpkit.system.resumable import ENDING, final_of
from nlpkit.system.terminal import counted

_MOST_BYTES = 1 << 26  # of a file of scores; a larger one is none
_MOST_DEPTH = 2  # of run folders in folders
_UNREADABLE = (OSError, ValueError, RecursionError, KeyError, TypeError, AttributeError)


@dataclass(frozen=True)
class Listed:
    """A run. `folder` is where it is, or will be; `changed` is when, in seconds since 1970.

    state: finished; running, where a process is at it; stopped, if it can go on; lost, if it cannot
    progress: how far it has come
    accuracy: that of the test texts, once it is finished
    """

    folder: Path
    state: Literal["finished", "running", "stopped", "lost"]
    progress: str
    changed: float
    accuracy: float | None = None


def runs_in(folder: Path) -> list[Listed]:
    """All runs in a folder, and in the folders of it, from the latest to the earliest."""
    found = [each for path in _folders(folder, _MOST_DEPTH) if (each := _listed(path))]
    return sorted(found, key=lambda each: each.changed, reverse=True)


def _folders(folder: Path, depth: int) -> Iterator[Path]:
    with suppress(OSError):
        for path in sorted(folder.iterdir()):
            if path.is_dir() and not path.is_symlink() and not path.name.startswith("."):
                yield path
                if depth > 1 and not _is_run(path):
                    yield from _folders(path, depth - 1)


def _is_run(path: Path) -> bool:
    return path.name.endswith(ENDING) or (path / "manifest.json").is_file()


def _listed(path: Path) -> Listed | None:
    if path.name.endswith(ENDING) and ((path / UNFINISHED).is_dir() or is_held(path)):
        return _unfinished(path)
    if not (path / "manifest.json").is_file():
        return None
    with suppress(*_UNREADABLE):
        scored = _table(path / "scores.json")
        epochs = scored["best_epoch"]
        members = scored.get("members", [])
        progress = counted(len(members), "member") if members else f"epoch {epochs}" if epochs else ""
        changed = (path / "manifest.json").stat().st_mtime
        return Listed(path, "finished", progress, changed, scored.get("accuracy"))
    return None


def _unfinished(partial: Path) -> Listed:
    members = [path for path in _subfolders(partial / UNFINISHED) if path.name not in ("asked", "begun")]
    done = sum((path / "finished" / FINISHED).is_file() for path in members)
    several = any(path.name.startswith("seed-") for path in members)
    parts = [f"{counted(done, 'training' if several else 'member')} finished"] if done else []
    for path in members:
        if far := "" if (path / "finished").is_dir() else _far(path):
            parts.append(f"{path.name}: {far}" if len(members) > 1 else far)
    changed = max((path.stat().st_mtime for path in [partial, *partial.glob("unfinished/*/*")]), default=0.0)
    state = "running" if is_held(partial) else "stopped" if can_go_on(partial) else "lost"
    return Listed(final_of(partial), state, "; ".join(parts) or "nothing kept yet", changed)  # type: ignore[arg-type]


def _far(member: Path) -> str:
    """The epoch of the newest checkpoint of a training, the second one where there are two."""
    again = any((member / "again" / "checkpoints").glob(f"*/{CHECKPOINT}"))
    place = member / "again" if again else member
    paths = sorted((place / "checkpoints").glob(f"*/{CHECKPOINT}"))
    if not paths:
        return ""
    with suppress(*_UNREADABLE):
        about = _table(paths[-1].parent / REST)
        done, step = about["state"]["epoch"], about["state"]["step"]
        of = f" of {about['reports'][-1]['epochs']}" if about["reports"] else ""
        far = f"epoch {done + 1}{of}, step {step:,}" if step else f"epoch {done}{of}"
        return f"{far}, with the validation texts" if again else far
    return "damaged"


def _subfolders(folder: Path) -> list[Path]:
    with suppress(OSError):
        return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
    return []


def _table(path: Path) -> dict[str, Any]:
    if path.stat().st_size > _MOST_BYTES:
        raise ValueError("too large")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8", errors="surrogateescape"))
    return found
