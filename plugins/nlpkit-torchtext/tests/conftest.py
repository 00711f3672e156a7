"""torchtext where it loads."""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from types import ModuleType

import pytest


@pytest.fixture(scope="session")
def torchtext() -> ModuleType:
    """The real torchtext; a skipped test where it is not installed or torch is another than 2.3."""
    try:
        found = version("torchtext")
    except PackageNotFoundError:
        pytest.skip("torchtext is not installed: make test-torchtext tests beside it")
    if not version("torch").startswith("2.3."):
        pytest.skip(f"torchtext {found} loads beside torch 2.3 only: make test-torchtext tests beside it")
    from nlpkit_torchtext.loading import load_module

    for module in ("data.functional", "datasets", "functional", "transforms", "vocab"):
        load_module(module, wanted="vocab.Vocab")
    return import_module("torchtext")
