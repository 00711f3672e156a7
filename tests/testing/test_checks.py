from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Self
from unittest import SkipTest

import pytest

import nlpkit
from nlpkit import testing
from nlpkit.components.collators import Padify
from nlpkit.components.datasets import Csv
from nlpkit.components.encoders import EmbeddingMean, Gru, Lstm
from nlpkit.components.kinds import Collator, Component, Encoder, Tokenizer
from nlpkit.components.tokenizers import Ngrams, Regex, Whitespace
from nlpkit.components.trainers import Standard
from nlpkit.errors import MissingError
from nlpkit.testing import BrokenPromise, Check, Outcome, Skipped, checks_of, examples_of, outcomes
from nlpkit.testing.promises import Bench, Promise, label
from nlpkit.testing.trainer_bench import TrainerBench

PACKAGE = Path(nlpkit.__file__).parent

pytest_plugins = ["pytester"]


def loaded_after(code: str) -> set[str]:
    """The packages in the memory of a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport json, sys\nprint(json.dumps(list(sys.modules)))"],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert ran.returncode == 0, ran.stderr
    return {name.split(".")[0] for name in json.loads(ran.stdout)}


def test_the_kit_imports_neither_torch_nor_pytest() -> None:
    assert not loaded_after("import nlpkit.testing") & {"torch", "pytest", "numpy"}


CHECKED = """
from nlpkit import Whitespace
from nlpkit.testing import check_tokenizer
check_tokenizer(Whitespace())
"""


def test_a_tokenizer_is_checked_without_torch_and_pytest() -> None:
    assert not loaded_after(CHECKED) & {"torch", "pytest"}


def test_every_public_name_is_there() -> None:
    assert sorted(testing.__all__) == testing.__all__
    assert all(hasattr(testing, name) for name in testing.__all__)


@dataclass(frozen=True)
class Other(Component):
    """A kind that has no promises of its own.

    size: any number
    """

    kind: ClassVar[str] = "other"
    size: int = 4


def checked(hold: Callable[[Bench], None]) -> Outcome:
    return Outcome.of(Check(Promise("all is well", hold), Bench), Other(size=5))


def test_what_is_silent_is_kept() -> None:
    assert checked(lambda bench: None) == Outcome("all is well", "kept")


def test_an_error_in_a_component_is_a_broken_promise_and_its_cause() -> None:
    def fail(bench: Bench) -> None:
        raise IndexError("no such\nplace")

    said = "Other(size=5) promises that all is well, but it raises IndexError: no such place"
    assert checked(fail) == Outcome("all is well", "broken", said)
    with pytest.raises(BrokenPromise) as caught:
        Check(Promise("all is well", fail), Bench)(Other())
    assert isinstance(caught.value.__cause__, IndexError)
    assert isinstance(caught.value, AssertionError)


def test_an_interruption_is_no_verdict() -> None:
    def stop(bench: Bench) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        checked(stop)


def test_a_promise_that_cannot_be_tried_is_skipped_with_the_reason() -> None:
    def skip(bench: Bench) -> None:
        raise Skipped("there is none here")

    assert checked(skip) == Outcome("all is well", "skipped", "there is none here")
    assert issubclass(Skipped, SkipTest)


def test_a_label_has_the_settings_that_are_no_default() -> None:
    assert label(Ngrams(max_n=3)) == "Ngrams(max_n=3)"
    assert label(Regex(pattern="x" * 200)) == f"Regex(pattern='{'x' * 70}…)"
    assert label(Csv(train=Path("a.csv"))) == f"Csv(train={Path('a.csv')!r})"


def test_the_checks_of_one_component_share_what_is_slow_and_others_have_their_own() -> None:
    seen: list[Component] = []

    class Spy(Bench):
        def __init__(self, component: Component) -> None:
            seen.append(component)
            super().__init__(component)

    first, second = Other(), Other(size=2)
    from nlpkit.testing.checks import _Shared

    shared = _Shared(Spy)
    for component in (first, first, second):
        Check(Promise("all is well", lambda bench: None), shared)(component)
    assert seen == [first, second]


def test_settings_of_an_unknown_kind_are_checked_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    assert [check.promise for check in checks_of(Other())] == [
        "its settings survive a TOML file",
        "its docstring says what each setting is",
        "importing its settings does not import torch",
    ]


def test_settings_that_a_file_cannot_hold_are_told() -> None:
    @dataclass(frozen=True)
    class Odd(Whitespace):
        """White space.

        numbers: some
        """

        numbers: tuple[Any, ...] = field(default_factory=lambda: ((1, 2),))

    first = next(outcomes(Odd()))
    assert first.state == "broken"
    assert "Odd promises that its settings survive a TOML file, but it" in first.reason


def test_settings_that_are_no_dataclass_are_told() -> None:
    class Bare(Whitespace):
        pass

    first = next(outcomes(Bare()))
    assert first.reason == (
        "Bare promises that its settings survive a TOML file, but it cannot be registered: ValueError: "
        "Bare is not a dataclass: decorate it with @dataclass(frozen=True)"
    )


def test_settings_that_import_torch_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "with_torch.py").write_text("import torch\n", encoding="utf-8")
    (tmp_path / "torch.py").write_text("", encoding="utf-8")  # the other process finds this one first
    monkeypatch.syspath_prepend(tmp_path)
    assert outcome_of(elsewhere("with_torch"), "importing its settings does not import torch").reason == (
        "Lost promises that importing its settings does not import torch, but import with_torch imports "
        "torch; move what needs torch to a module that build imports"
    )


def outcome_of(component: Component, promise: str) -> Outcome:
    """What becomes of one promise."""
    [check] = [check for check in checks_of(component) if check.promise == promise]
    return Outcome.of(check, component)


def elsewhere(module: str) -> Tokenizer:
    """Settings whose class says that it is of another module."""

    @dataclass(frozen=True)
    class Lost(Whitespace):
        pass

    Lost.__module__ = module
    return Lost()


def test_settings_that_another_process_does_not_find_are_not_tried_there() -> None:
    outcome = outcome_of(elsewhere("no_such_module"), "importing its settings does not import torch")
    assert (outcome.state, outcome.reason) == (
        "skipped",
        "no_such_module cannot be imported by another process (ModuleNotFoundError: No module named "
        "'no_such_module')",
    )


def test_examples_are_what_a_class_offers_or_its_defaults() -> None:
    @dataclass(frozen=True)
    class Offers(Whitespace):
        @classmethod
        def examples(cls) -> list[Self]:
            return [cls(), cls()]

    assert examples_of(Offers) == (Offers(), Offers())
    assert examples_of(Lstm) == (Lstm(),)
    with pytest.raises(TypeError, match="train"):
        examples_of(Csv)


CONTRACT = """
from dataclasses import dataclass

from nlpkit import Regex, Splits, Texts, Whitespace
from nlpkit.components.kinds import Dataset
from nlpkit.testing import parametrize_with_checks


@dataclass(frozen=True)
class Leaks(Dataset):
    def build(self):
        texts = Texts(["one", "two"], ["a", "b"])
        return lambda: Splits(texts, texts, texts, source="leaks")


@parametrize_with_checks([Whitespace(), Regex(pattern="a"), Leaks()])
def test_contract(component, check):
    check(component)
"""


def test_each_promise_is_a_test_and_what_cannot_be_tried_is_skipped(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(CONTRACT)
    found = pytester.runpytest_inprocess("-q", "-rs", "-p", "no:cacheprovider", "-k", "file or row")
    found.assert_outcomes(passed=9, skipped=1, deselected=found.parseoutcomes()["deselected"])
    found.stdout.fnmatch_lines(["*2 of 2 test rows are in train as well, which every run warns of*"])
    listed = pytester.runpytest_inprocess("-q", "--collect-only", "-p", "no:cacheprovider")
    listed.stdout.fnmatch_lines(["*test_contract[[]Regex(pattern='a'): any text gives a list of strings[]]"])


def test_the_defaults_of_what_is_built_in_are_checked_alike_by_all_at_once_and_one_by_one() -> None:
    testing.check_collator(Padify())
    assert {outcome.state for outcome in outcomes(Padify())} == {"kept"}
    assert {outcome.state for outcome in outcomes(EmbeddingMean())} <= {"kept", "skipped"}
    assert isinstance(Whitespace(), Tokenizer)


@dataclass(frozen=True)
class Absent(Tokenizer):
    """What another package does, which is not installed."""

    def build(self) -> Callable[[str], list[str]]:
        raise MissingError("this needs the package moses")


def test_what_is_not_installed_is_skipped_and_not_broken() -> None:
    found = list(outcomes(Absent()))
    assert {each.state for each in found} <= {"kept", "skipped"}
    assert "it needs what is not installed: this needs the package moses" in {each.reason for each in found}


def test_a_trainer_says_what_to_try_it_on() -> None:
    @dataclass(frozen=True)
    class Picky(Standard):
        """Standard, on an LSTM alone."""

        @classmethod
        def trained_with(cls) -> tuple[Encoder, Collator]:
            return Lstm(hidden_size=3), Padify()

    bench = TrainerBench.of(Picky(), None, None)
    assert (bench.encoder, bench.collator) == (Lstm(hidden_size=3), Padify())
    assert TrainerBench.of(Picky(), Gru(), None).encoder == Gru()
