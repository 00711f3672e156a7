from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from nlpkit import Embedding, EmbeddingMean, Experiment, Headlines, Ngrams, Tokenizer
from nlpkit.data import file_problems
from nlpkit.errors import ConfigError, DataError, NlpkitError
from nlpkit.experiment.here import problems_here, require_here

EXPERIMENT = Experiment(data=Headlines(), encoder=EmbeddingMean())


@dataclass(frozen=True)
class Listed(Tokenizer):
    """Words of a file, looked up by a service."""

    file: Path
    service: str = ""

    def problems_here(self) -> Iterator[NlpkitError]:
        yield from file_problems(self.file)
        if self.service:
            yield ConfigError(f"{self.service} is not running", hint="start it", location="tokenizer.service")

    def build(self) -> Any:
        raise AssertionError("it is not built")


def test_an_experiment_that_finds_what_it_needs_has_no_problems(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a", encoding="utf-8")
    experiment = replace(EXPERIMENT, tokenizer=Listed(tmp_path / "a.txt"))
    assert problems_here(EXPERIMENT) == problems_here(experiment) == []
    require_here(experiment)


def test_components_within_components_say_what_they_lack(tmp_path: Path) -> None:
    tokenizer = Ngrams(tokenizer=Listed(tmp_path / "gone.txt", service="it"))
    with pytest.raises(ConfigError) as caught:
        require_here(replace(EXPERIMENT, tokenizer=tokenizer))
    told = (f"{tmp_path}/gone.txt: there is no such file", "tokenizer.service: it is not running")
    assert caught.value.problems == told
    assert str(caught.value) == "\n  ".join(("2 problems with what this experiment needs", *told))


def test_one_problem_is_told_as_it_is_with_its_hint(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("", encoding="utf-8")
    encoder = EmbeddingMean(embedding=Embedding(vectors=tmp_path / "a.txt"))
    with pytest.raises(DataError) as caught:
        require_here(replace(EXPERIMENT, encoder=encoder))
    assert str(caught.value) == (
        f"{tmp_path}/a.txt: the file is empty\n  name a file with word vectors in it"
    )
