from __future__ import annotations

import os
import sys
from collections.abc import Callable
from operator import mod
from pathlib import Path

import pytest

from nlpkit.components.tokenizers import basic_english
from nlpkit.testing.fresh import CannotImport, OutOfTime, in_fresh_process

OUTER = """
import os, sys

print("noise on stdout")

def seed():
    return os.environ["PYTHONHASHSEED"]

def endless(tell):
    tell("one")
    tell("two")
    while True:
        pass

def leave():
    os._exit(7)

def late_import():
    import no_such_module
"""


@pytest.fixture
def outer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Callable[..., object]]:
    """A function of a module that is found on the path of this process."""
    (tmp_path / "outer_module.py").write_text(OUTER, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "outer_module", raising=False)

    def function(name: str) -> Callable[..., object]:
        import outer_module

        return getattr(outer_module, name)

    return function


def test_the_answer_of_a_function_comes_back() -> None:
    assert in_fresh_process(basic_english, "It's\ud83d new!") == ["it", "'", "s\ud83d", "new", "!"]


def test_hashes_are_others_there(
    outer: Callable[[str], Callable[..., object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for here in ("0", "1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", here)
        assert in_fresh_process(outer("seed")) != here
    assert os.environ["PYTHONHASHSEED"] == "2"


def test_what_takes_too_long_is_ended_and_what_it_told_is_known(
    outer: Callable[[str], Callable[..., object]],
) -> None:
    with pytest.raises(OutOfTime) as caught:
        in_fresh_process(outer("endless"), tells=True, cpu_seconds=1)
    assert caught.value.told == ["one", "two"]


def test_an_error_there_is_told_here() -> None:
    with pytest.raises(RuntimeError, match=r"^ZeroDivisionError: "):
        in_fresh_process(mod, 1, 0)


def test_a_process_that_dies_is_no_answer(outer: Callable[[str], Callable[..., object]]) -> None:
    with pytest.raises(RuntimeError, match=r"^the process ended with code 7$"):
        in_fresh_process(outer("leave"))


def test_what_is_not_found_there_is_told(outer: Callable[[str], Callable[..., object]]) -> None:
    with pytest.raises(CannotImport, match="No module named 'no_such_module'"):
        in_fresh_process(outer("late_import"))
    nowhere = outer("seed")
    nowhere.__module__ = "__main__"
    sys.modules["__main__"].seed = nowhere  # type: ignore[attr-defined]
    try:
        with pytest.raises(CannotImport, match="seed"):
            in_fresh_process(nowhere)
    finally:
        del sys.modules["__main__"].seed  # type: ignore[attr-defined]
