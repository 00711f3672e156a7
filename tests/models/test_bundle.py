from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import nlpkit
from nlpkit import (
    Csv,
    Decision,
    Embedding,
    EmbeddingMean,
    Experiment,
    Headlines,
    Lstm,
    Model,
    Observer,
    Standard,
    load,
    load_experiment,
    run,
)
from nlpkit.errors import DataError
from nlpkit.models import written
from nlpkit.models.model import ModelSettings
from nlpkit.system.sealed import seal_bytes
from nlpkit.vocab import Labels, Vocab

REPOSITORY = Path(__file__).resolve().parents[2]
TEXTS = ["the coach praises the goalkeeper", "the minister", "", "ünknown"]
ALL_FILES = ("bundle.json", *written.FILES)


def reseal(folder: Path, **changes: Any) -> None:
    """Make the manifest true again, as one who forges a model would."""
    manifest = json.loads((folder / "bundle.json").read_bytes())
    manifest["files"] = {
        name: {
            "size": (folder / name).stat().st_size,
            "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
        }
        for name in written.FILES
    }
    (folder / "bundle.json").write_bytes(seal_bytes({**manifest, **changes}))


def refusal(folder: Path) -> str:
    with pytest.raises(DataError) as caught:
        load(folder)
    assert caught.value.exit_code == 3
    assert caught.value.location.startswith(str(folder))
    assert len(str(caught.value).splitlines()) <= 5
    return str(caught.value)


def test_a_fresh_process_without_data_or_experiment_gives_the_same_probabilities(
    trained: Path, copied: Path
) -> None:
    code = (
        "import sys; from nlpkit import load\n"
        "sys.stdout.buffer.write(load(sys.argv[1]).probabilities(sys.argv[2:]).tobytes())"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, str(copied), *TEXTS],
        cwd=copied,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "OMP_NUM_THREADS": "1"},
        check=True,
        stdout=subprocess.PIPE,
    ).stdout
    assert found == load(trained).probabilities(TEXTS).tobytes()


def test_a_run_folder_and_the_bundle_in_it_are_the_same_model(trained: Path) -> None:
    for folder in (trained, trained / "model", str(trained)):
        assert load(folder).predict(TEXTS) == load(trained).predict(TEXTS)


def test_a_bundle_of_an_earlier_version_is_read(copied: Path) -> None:
    about = json.loads((copied / "bundle.json").read_bytes())
    del about["sha256"]
    as_before = {name: about[name] for name in ("format", "nlpkit", "files", "components")}
    rest = json.dumps(as_before, ensure_ascii=False, indent=1) + "\n"
    as_before["sha256"] = hashlib.sha256(rest.encode()).hexdigest()
    written = json.dumps(as_before, ensure_ascii=False, indent=1) + "\n"
    (copied / "bundle.json").write_text(written, encoding="utf-8", newline="")
    load(copied)


@pytest.mark.parametrize("name", ALL_FILES)
def test_one_flipped_bit_anywhere_in_a_file_is_found_and_the_file_named(name: str, copied: Path) -> None:
    content = (copied / name).read_bytes()
    rng = random.Random(name)
    places = {0, len(content) * 8 - 1, *(rng.randrange(len(content) * 8) for _ in range(40))}
    for place in places:
        flipped = bytearray(content)
        flipped[place // 8] ^= 1 << place % 8
        (copied / name).write_bytes(flipped)
        assert refusal(copied).startswith(f"{copied / name}: ")
    (copied / name).write_bytes(content)
    load(copied)


@pytest.mark.parametrize("content", [b"", b"\n", b"null", b"{" * 100_000, b"[]", b'{"format": 1}', b"\xff"])
@pytest.mark.parametrize("name", ALL_FILES)
def test_a_file_of_something_else_is_refused(name: str, content: bytes, copied: Path) -> None:
    (copied / name).write_bytes(content)
    assert str(copied / name) in refusal(copied)
    if name != "bundle.json":
        reseal(copied)
        refusal(copied)


def test_a_file_that_grew_to_100_gigabytes_is_refused_unread(copied: Path) -> None:
    size = (copied / "weights.safetensors").stat().st_size
    os.truncate(copied / "weights.safetensors", 100 << 30)  # a hole, which takes no place on the disk
    assert f"it has 107,374,182,400 bytes, and bundle.json says {size}\n" in refusal(copied)


@pytest.mark.parametrize("name", written.FILES)
def test_a_missing_file_is_named(name: str, copied: Path) -> None:
    (copied / name).unlink()
    assert refusal(copied) == f"{copied / name}: a part of the model cannot be read: there is no such file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_in_place_of_a_file_is_not_waited_for(copied: Path) -> None:
    (copied / "labels.json").unlink()
    os.mkfifo(copied / "labels.json")
    assert "labels.json: a part of the model cannot be read" in refusal(copied)


def test_a_newer_format_is_refused_by_name(copied: Path) -> None:
    reseal(copied, format=9, nlpkit="9.9")
    assert refusal(copied) == (
        f"{copied}/bundle.json: the model has format 9, but this version reads only up to 3\n"
        "  it was written by nlpkit 9.9: upgrade nlpkit-toolkit"
    )


@pytest.mark.parametrize(
    "change", [{"format": True}, {"format": "1"}, {"files": []}, {"files": {}}, {"format": None}]
)
def test_a_manifest_of_another_shape_is_refused(change: dict[str, Any], copied: Path) -> None:
    manifest = {**json.loads((copied / "bundle.json").read_bytes()), **change}
    (copied / "bundle.json").write_bytes(seal_bytes(manifest))
    refusal(copied)


def test_a_folder_that_holds_no_model_is_refused_with_the_nearest(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert refusal(tmp_path).splitlines()[0] == f"{tmp_path}: this folder holds no model"
    assert "this is not a folder" in refusal(tmp_path / "file")
    assert "there is no such run folder" in refusal(tmp_path / "gone")
    assert "cannot be read: File name too long" in refusal(tmp_path / ("x" * 300))
    assert refusal(trained.with_name("headline")).endswith(f"; did you mean {trained}?")
    runs = f"{trained.parent}: this is a folder of runs, not a run\n  name one of them: {trained}"
    assert refusal(trained.parent) == runs


def test_a_model_that_started_from_word_vectors_needs_their_file_no_more(tmp_path: Path) -> None:
    vectors, texts = tmp_path / "vectors.txt", tmp_path / "a.csv"
    vectors.write_text("".join(f"{word} {i} 1 -1\n" for i, word in enumerate(("good", "bad", "day"))))
    texts.write_text(
        "text,label\n" + "".join(f"good day {n},y\nbad night {n},n\n" for n in range(20)), encoding="utf-8"
    )
    experiment = Experiment(
        data=Csv(train=texts),
        encoder=EmbeddingMean(embedding=Embedding(size=3, vectors=vectors)),
        trainer=Standard(epochs=1),
    )
    model = run(experiment, tmp_path / "run", Observer()).model  # its test rows are in train
    vectors.unlink()
    texts.unlink()
    loaded = load(tmp_path / "run")
    assert np.array_equal(loaded.probabilities(TEXTS), model.probabilities(TEXTS))
    assert loaded.settings.encoder == EmbeddingMean(embedding=Embedding(size=3))
    assert b"vectors.txt" not in b"".join(file.read_bytes() for file in (tmp_path / "run/model").iterdir())


@pytest.mark.parametrize("encoder", [EmbeddingMean, partial(Lstm, hidden_size=8)])
def test_a_model_that_learned_from_ngrams_is_an_ordinary_one(tmp_path: Path, encoder: Any) -> None:
    data = Headlines(train_size=80, valid_size=20, test_size=20)
    plain = encoder(embedding=Embedding(size=3))
    spelled = encoder(embedding=Embedding(size=3, char_ngrams=(2, 4), char_ngram_buckets=50))
    result = run(Experiment(data=data, encoder=spelled, trainer=Standard(epochs=2)), tmp_path / "run")
    loaded = load(tmp_path / "run")
    assert np.array_equal(loaded.probabilities(TEXTS), result.model.probabilities(TEXTS))
    test = data.build()().test.texts
    assert np.allclose(loaded.probabilities(test), result.probabilities, rtol=0, atol=1e-6)
    weights = plain.build(loaded.vocab).state_dict()
    assert loaded.classifier.encoder.state_dict().keys() == weights.keys()
    assert result.experiment.encoder == load_experiment(tmp_path / "run/experiment.toml").encoder == spelled


def test_any_vocabulary_and_any_names_survive(tmp_path: Path, trained: Path) -> None:
    settings = load(trained).settings
    vocab = Vocab(["a", "\n", "\u2028", '"', "é", "\ud83d", "<unk>"], specials=["<x>"], buckets=3)
    labels = Labels(["/../", "=cmd", "\x1b[31m", "x" * 300, "\n", ""])
    model = Model.untrained(settings, vocab, labels)
    model.write(tmp_path)
    loaded = load(tmp_path)
    assert (loaded.vocab.tokens, loaded.vocab.specials, loaded.vocab.buckets) == (
        vocab.tokens,
        vocab.specials,
        vocab.buckets,
    )
    assert loaded.labels.names == labels.names
    assert np.array_equal(loaded.probabilities(["a b é"]), model.probabilities(["a b é"]))
    assert not loaded.classifier.training


def test_weights_that_share_memory_are_saved(tmp_path: Path, trained: Path) -> None:
    trained_model = load(trained)
    settings = ModelSettings(
        EmbeddingMean(embedding=Embedding(size=4)),
        trained_model.settings.tokenizer,
        trained_model.settings.text,
        trained_model.settings.collator,
    )
    model = Model.untrained(settings, Vocab(["a", "b"]), Labels(["x", "y", "z", "v"]))
    model.classifier.head.weight = next(model.classifier.encoder.parameters())  # (4, 4), tied
    model.write(tmp_path)
    assert np.array_equal(load(tmp_path).probabilities(["a b"]), model.probabilities(["a b"]))


def test_a_model_without_a_decision_gives_each_text_one_label(copied: Path) -> None:
    settings = copied / "settings.toml"
    content = settings.read_text(encoding="utf-8")
    before, decision, _ = content.partition("\n[decision]\n")
    assert decision
    settings.write_text(before, encoding="utf-8")
    reseal(copied)
    assert load(copied).decision == Decision(task="single_label")


def test_a_model_of_one_label_a_text_is_written_as_older_versions_read_it(copied: Path) -> None:
    assert json.loads((copied / "bundle.json").read_bytes())["format"] == 2
    assert "thresholds" not in (copied / "settings.toml").read_text(encoding="utf-8")


def test_thresholds_that_are_not_as_many_as_labels_are_refused(copied: Path) -> None:
    settings = copied / "settings.toml"
    decision = 'task = "multi_label"\nthresholds = [0.5]'
    content = settings.read_text(encoding="utf-8").replace('task = "single_label"', decision)
    settings.write_text(content, encoding="utf-8")
    reseal(copied)
    assert (
        "the parts of this model do not fit together: the decision has 1 thresholds, and there are 4 classes"
        in refusal(copied)
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('task = "ranking"', "decision.task: 'ranking' is not one of single_label, multi_label"),
        (
            'task = "single_label"\nmargins = [0.5]',
            "decision.margins: no such setting; known: asked, levels, set_level, task, temperature, "
            "thresholds",
        ),
    ],
)
def test_a_decision_that_is_not_known_is_refused_by_name(copied: Path, written: str, said: str) -> None:
    settings = copied / "settings.toml"
    content = settings.read_text(encoding="utf-8").replace('task = "single_label"', written)
    settings.write_text(content, encoding="utf-8")
    reseal(copied)
    assert refusal(copied) == f"{settings}: a problem with the settings\n  {said}"


def test_the_package_loads_what_it_says(trained: Path) -> None:
    assert nlpkit.load is load
    assert isinstance(load(trained), Model)
