from __future__ import annotations

import hashlib
import json
import os
import random
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch

import nlpkit
from nlpkit import Csv, Embedding, EmbeddingMean, Experiment, Model, Standard, bundle, load, run
from nlpkit.errors import DataError, MissingError, NlpkitError
from nlpkit.model import ModelSettings
from nlpkit.plugins import Plugin, Plugins, load_plugins
from nlpkit.vocab import Labels, Vocab

REPOSITORY = Path(__file__).resolve().parent.parent
TEXTS = ["the coach praises the goalkeeper", "the minister", "", "ünknown"]
ALL_FILES = ("bundle.json", *bundle.FILES)


@pytest.fixture
def copied(trained: Path, tmp_path: Path) -> Path:
    """The model of a run, to be damaged."""
    shutil.copytree(trained / "model", tmp_path / "model")
    return tmp_path / "model"


def reseal(folder: Path, **changes: Any) -> None:
    """Make the manifest true again, as one who forges a model would."""
    manifest = json.loads((folder / "bundle.json").read_bytes())
    manifest["files"] = {
        name: {
            "size": (folder / name).stat().st_size,
            "sha256": hashlib.sha256((folder / name).read_bytes()).hexdigest(),
        }
        for name in bundle.FILES
    }
    (folder / "bundle.json").write_bytes(bundle._json(bundle._sealed({**manifest, **changes})))


def forge(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    reseal(folder)


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


@pytest.mark.parametrize("name", bundle.FILES)
def test_a_missing_file_is_named(name: str, copied: Path) -> None:
    (copied / name).unlink()
    assert refusal(copied) == f"{copied / name}: a part of the model cannot be read: there is no such file"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes here")
def test_a_pipe_in_place_of_a_file_is_not_waited_for(copied: Path) -> None:
    (copied / "labels.json").unlink()
    os.mkfifo(copied / "labels.json")
    assert "labels.json: a part of the model cannot be read" in refusal(copied)


def test_a_newer_format_is_refused_by_name(copied: Path) -> None:
    reseal(copied, format=2, nlpkit="9.9")
    assert refusal(copied) == (
        f"{copied}/bundle.json: the model has format 2, and this version reads up to 1\n"
        "  it was written by nlpkit 9.9: upgrade nlpkit"
    )


@pytest.mark.parametrize(
    "change", [{"format": True}, {"format": "1"}, {"files": []}, {"files": {}}, {"format": None}]
)
def test_a_manifest_of_another_shape_is_refused(change: dict[str, Any], copied: Path) -> None:
    manifest = {**json.loads((copied / "bundle.json").read_bytes()), **change}
    (copied / "bundle.json").write_bytes(bundle._json(bundle._sealed(manifest)))
    refusal(copied)


def test_a_folder_that_holds_no_model_is_refused_with_the_nearest(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert refusal(tmp_path).splitlines()[0] == f"{tmp_path}: this folder holds no model"
    assert "this is no folder" in refusal(tmp_path / "file")
    assert "there is no such run folder" in refusal(tmp_path / "gone")
    assert "cannot be read: File name too long" in refusal(tmp_path / ("x" * 300))
    assert refusal(trained.with_name("headline")).endswith("; did you mean headlines?")
    assert refusal(trained.parent).endswith("; known: headlines")


def other_weights(folder: Path, change: Callable[[dict[str, torch.Tensor]], Any]) -> None:
    weights = safetensors.torch.load((folder / "weights.safetensors").read_bytes())
    changed = change(weights)
    weights = changed if isinstance(changed, dict) else weights
    forge(folder, "weights.safetensors", safetensors.torch.save(weights))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda weights: {}, "Missing key(s)"),
        (lambda weights: weights.update(extra=torch.zeros(1)), "Unexpected key(s)"),
        (
            lambda weights: weights.update({"head.weight": torch.zeros(3, 16)}),
            "size mismatch for head.weight",
        ),
        (
            lambda weights: weights["head.bias"].fill_(float("nan")),
            "head.bias has numbers that are not finite",
        ),
        (
            lambda weights: weights["head.bias"].fill_(float("inf")),
            "head.bias has numbers that are not finite",
        ),
        (
            lambda weights: {name: tensor.half() for name, tensor in weights.items()},
            "is torch.float16, and torch.float32 is expected",
        ),
        (lambda weights: weights.update({"head.bias": torch.zeros(4, dtype=torch.int64)}), "is torch.int64"),
    ],
)
def test_weights_that_are_not_those_of_the_settings_are_refused(
    change: Callable[[dict[str, torch.Tensor]], Any], said: str, copied: Path
) -> None:
    other_weights(copied, change)
    found = refusal(copied)
    assert "the parts of this model do not fit together: " in found
    assert said in found


def header(**tensors: Any) -> bytes:
    content = json.dumps(tensors).encode()
    return len(content).to_bytes(8, "little") + content


@pytest.mark.parametrize(
    "content",
    [
        b"\xff" * 8,
        (10**18).to_bytes(8, "little") + b"{}",
        (100 << 20).to_bytes(8, "little") + b"{}",
        header(a={"dtype": "F32", "shape": [10**9, 10**9], "data_offsets": [0, 4]}) + b"\0" * 4,
        header(a={"dtype": "F32", "shape": [1], "data_offsets": [0, 4], "b": 1}) + b"\0" * 3,
        header(a={"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}) + b"\0" * 4,
        header(a={"dtype": "F99", "shape": [1], "data_offsets": [0, 4]}) + b"\0" * 4,
        header(**{"../../x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}) + b"\0" * 4,
    ],
)
def test_a_header_that_lies_is_refused(content: bytes, copied: Path) -> None:
    forge(copied, "weights.safetensors", content)
    refusal(copied)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("labels.json", b'["a", "b", "c"]'),
        ("labels.json", b'["a", "a", "b", "c"]'),
        ("labels.json", b'"abcd"'),
        ("labels.json", b'{"a": 1, "b": 2, "c": 3, "d": 4}'),
        ("labels.json", b"[1, 2, 3, 4]"),
        ("labels.json", b"[]"),
        ("vocabulary.json", b'{"tokens": ["a"], "specials": [], "buckets": 0}'),
        ("vocabulary.json", b'{"tokens": ["a", "a"], "specials": [], "buckets": 0}'),
        ("vocabulary.json", b'{"tokens": "abc", "specials": [], "buckets": 0}'),
        ("vocabulary.json", b'{"tokens": [], "tokens": [], "specials": [], "buckets": 0}'),
        ("vocabulary.json", b'{"tokens": [], "specials": [], "buckets": -1}'),
        ("vocabulary.json", b'{"tokens": [], "specials": [], "buckets": true}'),
        ("vocabulary.json", b'{"tokens": [], "specials": [], "buckets": 1e400}'),
        ("vocabulary.json", b'{"tokens": [], "specials": [[]], "buckets": 0}'),
        ("vocabulary.json", b'{"tokens": [], "specials": [], "buckets": 0, "eval": "x"}'),
        ("settings.toml", b"x = 1"),
        ("settings.toml", b'encoder = "os.system"'),
        ("settings.toml", b"encoder = [" * 5000),
    ],
)
def test_parts_that_do_not_fit_are_refused(name: str, content: bytes, copied: Path) -> None:
    forge(copied, name, content)
    refusal(copied)


def peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_settings_that_ask_for_huge_sizes_allocate_nothing(copied: Path) -> None:
    settings = (copied / "settings.toml").read_text(encoding="utf-8")
    before = peak_mib()
    for size in (65_536, 10**9, 10**12):
        forge(copied, "settings.toml", settings.replace("size = 16", f"size = {size}").encode())
        refusal(copied)
    forge(copied, "settings.toml", settings.encode())
    for buckets in (2**31 - 3, 2**31, 10**12):
        vocabulary = {"tokens": [], "specials": [], "buckets": buckets}
        forge(copied, "vocabulary.json", json.dumps(vocabulary).encode())
        refusal(copied)
    assert peak_mib() - before < 100


def test_mutants_with_a_true_manifest_load_or_are_refused(trained: Path, copied: Path) -> None:
    rng = random.Random(5)
    originals = {name: (copied / name).read_bytes() for name in bundle.FILES}
    for _ in range(200):
        name = rng.choice(bundle.FILES)
        content = bytearray(originals[name])
        for _ in range(rng.randint(1, 3)):
            place = rng.randrange(min(len(content), 600))
            kind = rng.randrange(3)
            if kind == 0:
                content[place] = rng.randrange(256)
            elif kind == 1:
                del content[place : place + rng.randint(1, 20)]
            else:
                content[place:place] = content[: rng.randint(1, 20)]
        forge(copied, name, bytes(content))
        try:
            load(copied).probabilities(TEXTS)
        except NlpkitError as error:
            assert error.exit_code == 3, content
        (copied / name).write_bytes(originals[name])


def needs(folder: Path, distribution: object) -> None:
    """Make the model one whose tokenizer came with a plugin."""
    settings = (folder / "settings.toml").read_text(encoding="utf-8")
    (folder / "settings.toml").write_text(settings.replace("basic_english", "sudachi"), encoding="utf-8")
    reseal(
        folder, components={"tokenizer": {"name": "sudachi", "distribution": distribution, "version": "1"}}
    )


def test_a_plugin_that_is_not_installed_is_named_with_the_command_that_installs_it(copied: Path) -> None:
    needs(copied, "nlpkit-sudachi")
    with pytest.raises(MissingError) as caught:
        load(copied)
    assert caught.value.exit_code == 4
    assert str(caught.value) == (
        "the model needs the plugin nlpkit-sudachi, which is not installed\n"
        "  install it with: pip install nlpkit-sudachi==1"
    )


def test_a_plugin_that_is_broken_or_blocked_is_told_as_that(copied: Path) -> None:
    needs(copied, "nlpkit-sudachi")
    registry = load_plugins().registry
    broken = Plugins(registry, (), (Plugin("sudachi", "nlpkit-sudachi", "1", "ImportError: no"),))
    with pytest.raises(MissingError, match="which is broken: ImportError: no"):
        load(copied, broken)
    with pytest.raises(MissingError, match="take it out of NLPKIT_DISABLE_PLUGINS"):
        load(copied, Plugins(registry, (), (), (Plugin("sudachi", "nlpkit-sudachi", "1"),)))


@pytest.mark.parametrize(
    "name", ["x; rm -rf ~", "--index-url=http://x y", "$(id)", "../x", "", None, 7, ["x"]]
)
def test_a_name_that_is_no_distribution_never_gets_into_a_command(name: object, copied: Path) -> None:
    needs(copied, name)
    assert "pip" not in refusal(copied)


def test_a_model_that_started_from_word_vectors_needs_their_file_no_more(tmp_path: Path) -> None:
    vectors, texts = tmp_path / "vectors.txt", tmp_path / "a.csv"
    vectors.write_text("".join(f"{word} {i} 1 -1\n" for i, word in enumerate(("good", "bad", "day"))))
    texts.write_text("text,label\n" + "good day,y\nbad night,n\n" * 20, encoding="utf-8")
    experiment = Experiment(
        data=Csv(train=texts),
        encoder=EmbeddingMean(embedding=Embedding(size=3, vectors=vectors)),
        trainer=Standard(epochs=1),
    )
    model = run(experiment, tmp_path / "run").model
    vectors.unlink()
    texts.unlink()
    loaded = load(tmp_path / "run")
    assert np.array_equal(loaded.probabilities(TEXTS), model.probabilities(TEXTS))
    assert loaded.settings.encoder == EmbeddingMean(embedding=Embedding(size=3))
    assert b"vectors.txt" not in b"".join(file.read_bytes() for file in (tmp_path / "run/model").iterdir())


def test_any_vocabulary_and_any_names_survive(tmp_path: Path, trained: Path) -> None:
    settings = load(trained).settings
    vocab = Vocab(["a", "\n", "\u2028", '"', "é", "\ud83d", "<unk>"], specials=["<x>"], buckets=3)
    labels = Labels(["/../", "=cmd", "\x1b[31m", "x" * 300, "\n", ""])
    model = Model.untrained(settings, vocab, labels)
    bundle.save(model, tmp_path)
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
    bundle.save(model, tmp_path)
    assert np.array_equal(load(tmp_path).probabilities(["a b"]), model.probabilities(["a b"]))


def test_the_package_loads_what_it_says(trained: Path) -> None:
    assert nlpkit.load is load
    assert isinstance(load(trained), Model)
