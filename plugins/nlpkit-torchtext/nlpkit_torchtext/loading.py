"""torchtext, or one sentence that says what to use instead."""

from __future__ import annotations

import importlib
import warnings
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType

from nlpkit import MissingError
from nlpkit_torchtext.names import NAMES


def load_module(module: str, *, wanted: str) -> ModuleType:
    """The module `torchtext.<module>`; MissingError with what does the same as `wanted`, a key of NAMES."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # each module of 0.18 warns that torchtext is archived
            return importlib.import_module(f"torchtext.{module}")
    except (ImportError, OSError, RuntimeError, AttributeError) as error:  # OSError: an undefined symbol
        raise MissingError(
            f"torchtext cannot be used here, because {_reason(error)}: "
            f"instead of torchtext.{wanted} take nlpkit's {NAMES[wanted]}"
        ) from error


def _reason(error: Exception) -> str:
    try:
        found = version("torchtext")
    except PackageNotFoundError:
        return "it is not installed"
    torch = version("torch")
    if not torch.startswith("2.3."):
        return f"torchtext {found} loads beside torch 2.3 only and this is torch {torch}"
    return " ".join(str(error).split())[:200] or type(error).__name__
