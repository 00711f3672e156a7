"""Models from strangers: what is in their settings reaches nothing outside their folder."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpkit import DataError, Experiment, Headlines, Standard, Vocab, load, run
from nlpkit_hf import Pretrained, TokenizerJson

REVISION = "0123456789abcdef0123456789abcdef01234567"
Folder = Callable[[str], Path]


@pytest.fixture(autouse=True)
def no_look_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Not even a name is asked for; connections are refused in all tests."""
    from huggingface_hub import constants

    def refuse(*args: Any, **_: Any) -> None:
        raise AssertionError(f"the network is asked for {args}")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.delenv("NLPKIT_OFFLINE", raising=False)


@pytest.fixture
def trained(model_folder: Folder, tmp_path: Path) -> Path:
    folder = model_folder("bert")
    experiment = Experiment(
        data=Headlines(train_size=40, valid_size=4, test_size=4),
        tokenizer=TokenizerJson(folder / "tokenizer.json"),
        encoder=Pretrained(folder, frozen=True),
        trainer=Standard(epochs=1),
    )
    run(experiment, tmp_path / "run")
    return tmp_path / "run"


def forge(run_folder: Path, encoder: str) -> None:
    """Another table [encoder], and a manifest that is true of it."""
    model = run_folder / "model"
    settings = (model / "settings.toml").read_text(encoding="utf-8")
    start = settings.index("[encoder]")
    end = settings.find("\n[", start)
    changed = (settings[:start] + f'[encoder]\ntype = "pretrained"\n{encoder}\n' + settings[end:]).encode()
    (model / "settings.toml").write_bytes(changed)
    manifest = json.loads((model / "bundle.json").read_bytes())
    manifest["files"]["settings.toml"] = {"size": len(changed), "sha256": hashlib.sha256(changed).hexdigest()}
    del manifest["sha256"]
    manifest["sha256"] = hashlib.sha256(in_json(manifest)).hexdigest()
    (model / "bundle.json").write_bytes(in_json(manifest))


def in_json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


@pytest.mark.filterwarnings("ignore::nlpkit.NlpkitWarning")
@pytest.mark.parametrize(
    ("encoder", "place"),
    [
        (f'name = "some/model"\nrevision = "{REVISION}"', "encoder.name"),
        ('folder = "/etc"', "encoder.folder"),
        (f'architecture = "{{}}"\nname = "some/model"\nrevision = "{REVISION}"', "encoder.name"),
    ],
)
def test_a_model_never_asks_the_hub_for_its_encoder(encoder: str, place: str, trained: Path) -> None:
    assert load(trained).settings.encoder.portable() == load(trained).settings.encoder
    forge(trained, encoder)
    with pytest.raises(DataError, match=f"{place} names something outside the model"):
        load(trained)


def architecture(**config: Any) -> Pretrained:
    small = {"model_type": "bert", "vocab_size": 9, "hidden_size": 8, "num_hidden_layers": 1}
    small |= {"num_attention_heads": 2, "intermediate_size": 8}
    found = {"config": small | config, "prefix": [], "suffix": [], "padding": 0, "max_length": None}
    return Pretrained(architecture=json.dumps(found))


def test_the_code_of_a_layer_is_that_of_transformers_whatever_the_configuration_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("transformers", reason="the extra transformers is not installed")
    plain = architecture().build(Vocab(["a"])).model.config._attn_implementation
    for key in ("attn_implementation", "_attn_implementation"):
        encoder = architecture(**{key: "somebody/kernels"}).build(Vocab(["a"]))
        assert encoder.model.config._attn_implementation == plain


@pytest.mark.parametrize(
    "config", [{"model_type": "timm_backbone", "backbone": "resnet18"}, {"model_type": "vit"}]
)
def test_a_model_that_reads_no_texts_is_not_built(config: dict[str, Any]) -> None:
    pytest.importorskip("transformers", reason="the extra transformers is not installed")
    with pytest.raises(ValueError, match="architecture cannot be built: "):
        architecture(**config).build(Vocab(["a"]))
