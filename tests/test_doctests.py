from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import nlpkit

MODULES = sorted(module.name for module in pkgutil.walk_packages(nlpkit.__path__, "nlpkit."))


@pytest.mark.parametrize("name", ["nlpkit", *MODULES])
def test_the_examples_in_docstrings_are_true(name: str) -> None:
    results = doctest.testmod(importlib.import_module(name))
    assert results.failed == 0


def test_every_module_of_the_package_is_looked_at() -> None:
    assert {"nlpkit.vocab", "nlpkit.ragged", "nlpkit.nn.recurrent", "nlpkit.components.tokenizing"} <= set(
        MODULES
    )
