"""The Python of each peer: virtual environments below `.bench/`, made when they are first wanted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

# torch is asked for by its exact release: that of the CPU is a tenth of what comes otherwise
REQUIREMENTS: dict[str, tuple[str, ...]] = {
    "fasttext": ("fasttext-wheel", "numpy<2"),  # its predict calls numpy.array(copy=False) of numpy 1
    "keras": ("keras", "torch==2.13.0"),
    "spacy": ("spacy",),
    # its word pieces are of the last two, and it imports scikit-learn without asking for it
    "torchtextclassifiers": (
        "torchtextclassifiers==2.0.0",
        "torch==2.13.0",
        "scikit-learn",
        "tokenizers",
        "transformers",
    ),
}
MODULES = {
    "fasttext": "fasttext",
    "keras": "keras, torch",
    "spacy": "spacy",
    "torchtextclassifiers": "torchTextClassifiers, transformers",
}
INSTALL_SECONDS = 900


class CannotInstall(Exception):
    """A peer's environment could not be made; says why."""


def python(name: str, folder: Path) -> str:
    """The interpreter of an environment below `folder`; nlpkit's own where `name` is empty.

    CannotInstall where it cannot be made.
    """
    if not name:
        return sys.executable
    home = folder / name
    interpreter = home / ("Scripts" if os.name == "nt" else "bin") / "python"
    if not _imports(interpreter, name):
        _run([sys.executable, "-m", "venv", str(home)], name)
        _run([str(interpreter), "-m", "pip", "install", "--quiet", *REQUIREMENTS[name]], name)
        if not _imports(interpreter, name):
            raise CannotInstall(f"{name}: installed, but `import {MODULES[name]}` fails")
    return str(interpreter)


def _imports(interpreter: Path, name: str) -> bool:
    if not interpreter.exists():
        return False
    code = f"import {MODULES[name]}"
    return subprocess.run([interpreter, "-c", code], capture_output=True, env=environment()).returncode == 0


def _run(command: list[str], name: str) -> None:
    try:
        ran = subprocess.run(
            command,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise CannotInstall(f"{name}: not installed within {INSTALL_SECONDS} s") from None
    if ran.returncode:
        said = [line for line in ran.stderr.split("\n") if line.strip()]
        raise CannotInstall(f"{name}: {said[-1].strip() if said else 'no reason given'}")


def environment(cache: Path | None = None) -> dict[str, str]:
    """The environment variables of a contender: the harness's own, with caches of nlpkit's in `cache`."""
    variables = {**os.environ, "KERAS_BACKEND": "torch", "NLPKIT_OFFLINE": "1"}
    variables["PYTHONWARNINGS"] = "ignore"
    if cache is not None:
        variables |= {"NLPKIT_CACHE_DIR": str(cache), "XDG_CACHE_HOME": str(cache)}
    return variables
