"""Bundles whose seal is true and whose files are not those of a model."""

from __future__ import annotations

import json
import os
import random
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch

from nlpkit import Gru, Model, PadLength, TextConfig, Whitespace, load
from nlpkit.errors import MissingError, NlpkitError
from nlpkit.models import written
from nlpkit.models.model import ModelSettings
from nlpkit.plugins.catalogue import Plugin, Plugins
from nlpkit.plugins.loading import load_plugins
from nlpkit.system.sealed import seal_bytes
from tests.models.test_bundle import TEXTS, refusal, reseal


def forge(folder: Path, name: str, content: bytes) -> None:
    (folder / name).write_bytes(content)
    reseal(folder)


def other_weights(folder: Path, change: Callable[[dict[str, torch.Tensor]], Any]) -> None:
    weights = safetensors.torch.load((folder / "weights.safetensors").read_bytes())
    changed = change(weights)
    weights = changed if isinstance(changed, dict) else weights
    forge(folder, "weights.safetensors", safetensors.torch.save(weights))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda weights: {}, "encoder.embedding.weight is missing"),
        (lambda weights: weights.update(extra=torch.zeros(1)), "extra is no weight of this model"),
        (
            lambda weights: weights.update({"head.weight": torch.zeros(3, 16)}),
            "head.weight has the shape [3, 16], but [4, 16] is expected",
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
            "is torch.float16, but torch.float32 is expected",
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


def test_attention_that_was_saved_before_it_was_a_pooling_loads(
    toy: Callable[..., Any], tmp_path: Path
) -> None:
    parts = toy()
    settings = ModelSettings(Gru(pooling="attention"), Whitespace(), TextConfig(), PadLength())
    model = Model.untrained(settings, parts.vocab, parts.labels)
    model.write(tmp_path)
    before = load(tmp_path).probabilities(["cat dog", "red"])
    other_weights(
        tmp_path,
        lambda weights: {
            name.replace("encoder.pool.", "encoder.attention."): each for name, each in weights.items()
        },
    )
    assert (load(tmp_path).probabilities(["cat dog", "red"]) == before).all()
    other_weights(tmp_path, lambda weights: weights.pop("encoder.attention.score.weight"))
    assert "encoder.pool.score.weight is missing" in refusal(tmp_path)


def test_a_name_of_old_beside_the_one_of_today_is_refused(toy: Callable[..., Any], tmp_path: Path) -> None:
    parts = toy()
    settings = ModelSettings(Gru(pooling="attention"), Whitespace(), TextConfig(), PadLength())
    Model.untrained(settings, parts.vocab, parts.labels).write(tmp_path)
    name = "encoder.attention.score.weight"
    other_weights(tmp_path, lambda weights: weights.update({name: torch.zeros(1, 32)}))
    assert f"{name} is no weight of this model" in refusal(tmp_path)


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


@pytest.mark.parametrize("name", written.FILES)
def test_a_file_of_a_gigabyte_is_refused_by_its_size_and_not_read(name: str, copied: Path) -> None:
    os.truncate(copied / name, 1 << 30)  # a hole, which takes no place on the disk
    manifest = json.loads((copied / "bundle.json").read_bytes())
    manifest["files"][name]["size"] = 1 << 30
    (copied / "bundle.json").write_bytes(seal_bytes(manifest))
    before = peak_mib()
    assert "it has 1,073,741,824 bytes, and more than " in refusal(copied)
    assert peak_mib() - before < 100


def test_a_manifest_of_a_gigabyte_is_refused_by_its_size_and_not_read(copied: Path) -> None:
    os.truncate(copied / "bundle.json", 1 << 30)
    before = peak_mib()
    assert refusal(copied).splitlines()[0] == (
        f"{copied}/bundle.json: the file is damaged: it has 1,073,741,824 bytes, "
        "and more than 1,048,576 are not read"
    )
    assert peak_mib() - before < 100


def test_a_header_of_very_many_tensors_is_refused_before_it_is_parsed(copied: Path) -> None:
    empty = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    forge(copied, "weights.safetensors", header(**{f"tensor{place}": empty for place in range(80_000)}))
    assert "weights.safetensors: the file is damaged: its header has " in refusal(copied)
    forge(copied, "weights.safetensors", header(**{f"tensor{place}": empty for place in range(4000)}))
    assert "encoder.embedding.weight is missing" in refusal(copied)


@pytest.mark.parametrize("written", [0, -1])
def test_a_format_below_the_first_is_refused(written: int, copied: Path) -> None:
    reseal(copied, format=written)
    assert refusal(copied) == f"{copied}/bundle.json: this is not the manifest of a model"


def test_mutants_with_a_true_manifest_load_or_are_refused(trained: Path, copied: Path) -> None:
    rng = random.Random(5)
    originals = {name: (copied / name).read_bytes() for name in written.FILES}
    for _ in range(200):
        name = rng.choice(written.FILES)
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
        "  the name is what its manifest says: find out whose package it is, and if you trust it, "
        "install it with: pip install nlpkit-sudachi==1"
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
