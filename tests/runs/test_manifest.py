from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from nlpkit import (
    Csv,
    Dataset,
    Embedding,
    EmbeddingMean,
    Experiment,
    Observer,
    Offsetify,
    Splits,
    Standard,
    Texts,
    VocabConfig,
    run,
)
from nlpkit.batch import FlatBatch
from nlpkit.components.kinds import Encoder
from nlpkit.data.split import Split
from nlpkit.vocab import Vocab


@dataclass(frozen=True)
class Pair(Encoder):
    """Two embeddings inside an encoder, as a plugin may have them."""

    first: Embedding
    second: Embedding

    @property
    def accepts(self) -> type[FlatBatch]:
        return FlatBatch

    def build(self, vocab: Vocab) -> nn.Module:
        class Both(nn.Module):
            output_dim = 6

            def __init__(self, parts: list[nn.Module]) -> None:
                super().__init__()
                self.parts = nn.ModuleList(parts)
                self.source_files = 7, "of somebody else"

            def forward(self, batch: FlatBatch) -> Any:
                return torch.cat([part.mean(batch.ids, batch.offsets) for part in self.parts], dim=1)  # type: ignore[operator]

        return Both([self.first.build(vocab), self.second.build(vocab)])


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment:
    folder = tmp_path / "secret" / "place"
    folder.mkdir(parents=True)
    (folder / "train.csv").write_bytes(
        b"text,label\n" + b"".join(b"good day %d,y\nbad night %d,n\n" % (n, n) for n in range(20))
    )
    (folder / "tokens.txt").write_bytes(b"good\nbad\nday\n")
    (folder / "glove.txt").write_bytes(b"good 1 2 3\nbad 3 2 1\n")
    (folder / "other.vec").write_bytes(b"2 3\ngood 1 2 3\nbad 3 2 1\n")
    return Experiment(
        data=Csv(train=folder / "train.csv", split=Split(stratified=False)),
        vocab=VocabConfig(file=folder / "tokens.txt"),
        encoder=EmbeddingMean(embedding=Embedding(size=3, vectors=folder / "glove.txt")),
        collator=Offsetify(),
        trainer=Standard(epochs=1),
    )


def files_of(folder: Path) -> dict[str, dict[str, Any]]:
    files = json.loads((folder / "manifest.json").read_bytes())["data"]["files"]
    assert all(file.keys() == {"name", "size", "sha256"} for file in files)
    return {file["name"]: file for file in files}


def test_every_file_that_was_read_is_listed_with_its_size_and_sha256_and_no_folder(
    tmp_path: Path, experiment: Experiment
) -> None:
    run(experiment, tmp_path / "run", Observer())  # its test rows are in train
    found = files_of(tmp_path / "run")
    assert list(found) == ["train.csv", "tokens.txt", "glove.txt"]
    for name, file in found.items():
        content = (tmp_path / "secret" / "place" / name).read_bytes()
        assert (file["size"], file["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert b"secret" not in (tmp_path / "run" / "manifest.json").read_bytes()


def test_embeddings_inside_any_encoder_tell_their_files_each_once(
    tmp_path: Path, experiment: Experiment
) -> None:
    assert isinstance(experiment.encoder, EmbeddingMean)
    first = experiment.encoder.embedding
    second = replace(first, vectors=tmp_path / "secret" / "place" / "other.vec")
    pairs = [(first, second), (first, first)]
    results = [run(replace(experiment, encoder=Pair(*pair)), observer=Observer()) for pair in pairs]
    assert [[file.name for file in result.files] for result in results] == [
        ["train.csv", "tokens.txt", "glove.txt", "other.vec"],
        ["train.csv", "tokens.txt", "glove.txt"],
    ]


@dataclass(frozen=True)
class Lines(Dataset):
    """A dataset that does not say what it reads."""

    folder: Path

    def build(self) -> Callable[[], Splits]:
        return self.read

    def read(self) -> Splits:
        texts = [
            (line, path.stem)
            for path in self.folder.glob("*.txt")
            for line in path.read_text(encoding="utf-8").split("\n")
            if line
        ]
        part = Texts(*map(list, zip(*texts, strict=True)))
        return Splits(part, part, part, "lines", allow_constant=True)


def test_the_files_of_a_dataset_that_does_not_name_them_are_those_of_its_settings(
    tmp_path: Path, experiment: Experiment
) -> None:
    (tmp_path / "texts").mkdir()
    for name in ("y.txt", "n.txt"):
        (tmp_path / "texts" / name).write_text(f"good {name}\nbad {name}\n", encoding="utf-8")
    result = run(replace(experiment, data=Lines(tmp_path / "texts")), observer=Observer())
    names = [each["name"] for each in result.manifest["data"]["files"]]
    assert names == ["n.txt", "y.txt", "tokens.txt", "glove.txt"]
