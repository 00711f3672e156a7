from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from nlpkit import DataError, MissingError, NetworkError, PaddedBatch, Padify, Ragged, Vocab
from nlpkit_hf import Pretrained

Folder = Callable[[str], Path]
VOCAB = Vocab(["what", "is", "the", "capital", "of", "china", "?", "zebra", "[PAD]"], specials=("[MASK]",))


def batch_of(*texts: str) -> PaddedBatch:
    return Padify().build(VOCAB)(Ragged.from_rows([VOCAB.ids(text.split()) for text in texts]))


@pytest.mark.parametrize("kind", ["bert", "distilbert", "roberta"])
def test_the_states_are_those_of_transformers_on_the_same_text(kind: str, model_folder: Folder) -> None:
    import transformers
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(model_folder(kind) / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    model = transformers.AutoModel.from_pretrained(str(model_folder(kind))).eval()
    texts = ["what is the capital of china ?", "the zebra", "capital"]
    for pooling in ("mean", "first"):
        encoder = Pretrained(model_folder(kind), pooling=pooling).build(VOCAB).eval()
        with torch.no_grad():
            found = encoder(batch_of(*texts))
            for text, vector in zip(texts, found, strict=True):
                [states] = model(input_ids=torch.tensor([tokenizer.encode(text).ids])).last_hidden_state
                assert torch.allclose(vector, states.mean(0) if pooling == "mean" else states[0], atol=1e-5)


@pytest.mark.parametrize("kind", ["bert", "distilbert", "roberta"])
def test_a_text_is_read_up_to_the_longest_of_the_model(kind: str, model_folder: Folder) -> None:
    encoder = Pretrained(model_folder(kind)).build(VOCAB).eval()
    longest = 62 if kind != "roberta" else 63  # 64 places, and 66 - 1 with padding as id 0; two for specials
    assert encoder.max_tokens == longest
    with torch.no_grad():
        cut, full, less = encoder(
            batch_of("the " * longest + "capital " * 9, "the " * longest, "the " * (longest - 1))
        )
    assert torch.allclose(cut, full, atol=1e-6)
    assert not torch.allclose(full, less, atol=1e-6)


def test_what_the_tokenizer_allows_is_a_limit_too(model_folder: Folder, tmp_path: Path) -> None:
    folder = shutil.copytree(model_folder("bert"), tmp_path / "bert")
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 20}))
    assert Pretrained(folder).build(VOCAB).max_tokens == 18


def test_tokens_that_are_no_pieces_are_counted(model_folder: Folder) -> None:
    [note] = Pretrained(model_folder("bert")).build(VOCAB).notes
    assert note.text.startswith("1 of 9 tokens are no pieces of the pretrained model")


def test_a_portable_encoder_holds_no_path(model_folder: Folder) -> None:
    portable = Pretrained(model_folder("bert")).portable()
    assert portable.folder is None and portable.portable() == portable
    assert str(model_folder("bert")) not in portable.architecture
    assert not any(buffer.is_meta for buffer in portable.build(VOCAB).buffers())


def test_every_buffer_is_saved_so_that_a_bundle_is_built_once(model_folder: Folder) -> None:
    encoder = Pretrained(model_folder("bert")).build(VOCAB)
    assert {name for name, _ in encoder.named_buffers()} <= encoder.state_dict().keys()


def test_weights_in_pickles_are_refused(model_folder: Folder, tmp_path: Path) -> None:
    folder = shutil.copytree(model_folder("bert"), tmp_path / "bert")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(DataError, match=r"this folder has no model\.safetensors"):
        Pretrained(folder).build(VOCAB)


def test_code_that_comes_with_a_model_is_never_run(model_folder: Folder, tmp_path: Path) -> None:
    folder = shutil.copytree(model_folder("bert"), tmp_path / "bert")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "mine", "auto_map": {"AutoConfig": "mine.Config", "AutoModel": "mine.Model"}}
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "mine.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(DataError, match="has no code for this model"):
        Pretrained(folder).build(VOCAB)
    assert not (tmp_path / "ran").exists()


def test_a_missing_part_of_the_folder_is_named(model_folder: Folder, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no such folder"):
        Pretrained(tmp_path / "none").build(VOCAB)
    folder = shutil.copytree(model_folder("bert"), tmp_path / "bert")
    (folder / "tokenizer.json").unlink()
    with pytest.raises(DataError, match=r"this folder has no tokenizer\.json"):
        Pretrained(folder).build(VOCAB)


def test_weights_of_another_configuration_are_refused(model_folder: Folder, tmp_path: Path) -> None:
    folder = shutil.copytree(model_folder("bert"), tmp_path / "bert")
    config = json.loads((folder / "config.json").read_text()) | {"num_hidden_layers": 3}
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(DataError, match=r"the weights lack encoder\.layer\.2"):
        Pretrained(folder).build(VOCAB)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({}, "folder: give a folder, or the name"),
        ({"name": "a/b"}, "revision: is required with a name"),
        ({"name": "a/b", "revision": "main"}, "revision: 'main' is a branch, which moves"),
        ({"folder": Path("a"), "revision": "1"}, "revision: a folder has no revision"),
        ({"folder": Path("a"), "pooling": "last"}, "pooling: 'last' is not one of mean, first"),
    ],
)
def test_settings_that_name_no_pinned_model_are_refused(settings: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        Pretrained(**settings)  # type: ignore[arg-type]


def test_offline_a_model_of_the_hub_is_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NLPKIT_OFFLINE", "1")
    with pytest.raises(NetworkError, match="NLPKIT_OFFLINE forbids downloading it"):
        Pretrained(name="nobody/nothing", revision="v1").build(VOCAB)


def test_without_transformers_the_command_to_install_it_is_named(
    model_folder: Folder, monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    folder = model_folder("bert")
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingError, match="transformers is needed here") as caught:
        Pretrained(folder).build(VOCAB)
    assert caught.value.hint == "install it with: pip install 'nlpkit-hf[transformers]'"


def test_a_damaged_architecture_is_no_traceback() -> None:
    with pytest.raises(ValueError, match="architecture is not what a model bundle keeps"):
        Pretrained(architecture="{}").build(VOCAB)
