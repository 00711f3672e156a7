"""What a run was computed with: processor, threads and memory, a repository's state, and energy."""

from __future__ import annotations

import os
import platform
import re
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nlpkit.system.forking import cores

if TYPE_CHECKING:
    import torch

_COUNTERS: Final = Path("/sys/class/powercap")  # of Intel's and AMD's processors, in Linux
_COMMIT: Final = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_HEAD_BYTES: Final = 1 << 16


def hardware(device: torch.device) -> dict[str, Any]:
    """The machine, as far as it says what it is; nothing names it."""
    import torch

    return {
        "machine": platform.machine(),
        "system": platform.system(),
        "processor": _processor(),
        "instructions": torch.backends.cpu.get_cpu_capability(),
        "cores": os.cpu_count(),
        "cores_allowed": cores(),
        "torch_threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name(device) if device.type == "cuda" else device.type,
    }


def peak_memory() -> int:
    """The most bytes that this process has held at once; 0 where the system does not say. Processes that it
    has forked share most of theirs with it, and do not count.
    """
    with suppress(ImportError, OSError):
        import resource

        found = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return found if sys.platform == "darwin" else found * 1024
    return 0


def git_state(folder: Path | None = None) -> dict[str, str]:
    """The commit, and the branch if there is one, of the repository that a folder, or the current one, is in;
    empty without one.

    Files are read, and nothing is executed: what a repository's settings name may be a program.
    """
    with suppress(OSError, ValueError, StopIteration):
        folder = folder or Path.cwd()
        root = next(each for each in (folder, *folder.parents) if (each / ".git").exists())
        git, common = _git_folders(root / ".git")
        head = _line(git / "HEAD")
        if not head.startswith("ref: "):
            return {"commit": head} if _COMMIT.fullmatch(head) else {}
        name = head.removeprefix("ref: ")
        commit = _commit_of(name, git, common)
        branch = {"branch": name.removeprefix("refs/heads/")}
        return {"commit": commit, **branch} if commit else branch
    return {}


def _git_folders(git: Path) -> tuple[Path, Path]:
    """Where HEAD is, and where branches are: they differ for a second working tree."""
    if git.is_dir():
        return git, git
    git = (git.parent / _line(git).removeprefix("gitdir: ")).resolve()
    return git, (git / _line(git / "commondir")).resolve() if (git / "commondir").is_file() else git


def _commit_of(name: str, git: Path, common: Path) -> str:
    for place in (git, common):
        with suppress(OSError, ValueError):
            if _COMMIT.fullmatch(found := _line(place / name)):
                return found
    with suppress(OSError), (common / "packed-refs").open(encoding="utf-8", errors="replace") as file:
        for line in file:
            commit, _, ref = line.strip().partition(" ")
            if ref == name and _COMMIT.fullmatch(commit):
                return commit
    return ""


def _line(path: Path) -> str:
    with path.open(encoding="utf-8") as file:
        return file.readline(_HEAD_BYTES).strip()


class Energy:
    """The energy that the processors of the machine have taken since this was made, where they tell it."""

    def __init__(self) -> None:
        self._before = _counters()

    def joules(self) -> float | None:
        """By all programs at once; None where the counters are missing or may not be read."""
        now = _counters()
        if not self._before or now.keys() != self._before.keys():
            return None
        return round(sum(_risen(self._before[path], now[path], path) for path in now) / 1e6, 1)


def _counters() -> dict[Path, int]:
    """Microjoules by package."""
    found = {}
    with suppress(OSError, ValueError):
        for path in sorted(_COUNTERS.glob("*-rapl:*")):
            if path.name.count(":") == 1:  # parts of a package have two
                found[path] = int((path / "energy_uj").read_text(encoding="ascii"))
    return found


def _risen(before: int, now: int, path: Path) -> int:
    """What a counter that starts again at 0 once it is full has counted."""
    if now >= before:
        return now - before
    with suppress(OSError, ValueError):
        return now - before + int((path / "max_energy_range_uj").read_text(encoding="ascii"))
    return 0


def _processor() -> str:
    """Its name; empty where the system does not say."""
    with suppress(OSError), Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as file:
        for line in file:
            key, _, value = line.partition(":")
            if key.strip() in ("model name", "Model", "cpu model"):
                return value.strip()[:200]
    return platform.processor()[:200]
