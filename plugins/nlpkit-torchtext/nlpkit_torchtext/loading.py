"""torchtext, or one sentence that says what to use instead."""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType

from nlpkit import MissingError
from nlpkit_torchtext.names import NAMES


def unusable(wanted: str) -> Iterator[MissingError]:
    """That torchtext is not there, or not beside its torch, without importing either."""
    if reason := _versions_apart():
        yield _instead(reason, wanted)


def load_module(module: str, *, wanted: str) -> ModuleType:
    """The module `torchtext.<module>`; MissingError with what does the same as `wanted`, a key of NAMES."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # each module of 0.18 warns that torchtext is archived
            return importlib.import_module(f"torchtext.{module}")
    except (ImportError, OSError, RuntimeError, AttributeError) as error:  # OSError: an undefined symbol
        raise _instead(_versions_apart() or _line(error), wanted) from error


def _instead(reason: str, wanted: str) -> MissingError:
    return MissingError(
        f"torchtext cannot be used here, because {reason}: "
        f"instead of torchtext.{wanted} take nlpkit's {NAMES[wanted]}"
    )


def _versions_apart() -> str:
    """Why the versions that are installed do not work; empty where they may."""
    try:
        found = version("torchtext")
    except PackageNotFoundError:
        return "it is not installed"
    torch = version("torch")
    fits = torch.startswith("2.3.")
    return "" if fits else f"torchtext {found} loads beside torch 2.3 only and this is torch {torch}"


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
