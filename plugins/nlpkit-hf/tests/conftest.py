"""Tiny models, made here."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["TQDM_DISABLE"] = "1"  # bars of what tests save; read when the libraries are imported

import pytest

TEXTS = (
    "What is the capital of France ?",
    "Who wrote the play Hamlet ?",
    "How many people live in China ?",
    "Where is the capital of China ?",
    "What does the abbreviation NATO mean ?",
    "Who is the naïve writer in the play ?",
)


def write_tokenizer(folder: Path, specials: tuple[str, str, str, str]) -> int:
    """A WordPiece tokenizer.json that puts its first two specials around a text; how many pieces it has."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers

    first, last, padding, unknown = specials
    tokenizer = Tokenizer(models.WordPiece(unk_token=unknown))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    named = [padding, first, last, unknown]
    trainer = trainers.WordPieceTrainer(vocab_size=200, special_tokens=named, show_progress=False)
    tokenizer.train_from_iterator(TEXTS, trainer)
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", special_tokens=[(name, named.index(name)) for name in (first, last)]
    )
    tokenizer.enable_truncation(4)  # as many published files have it
    tokenizer.enable_padding(length=9)
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    return int(tokenizer.get_vocab_size())


def bert(folder: Path) -> Path:
    transformers = pytest.importorskip("transformers", reason="the extra transformers is not installed")
    pieces = write_tokenizer(folder, ("[CLS]", "[SEP]", "[PAD]", "[UNK]"))
    config = transformers.BertConfig(
        vocab_size=pieces,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    return saved(transformers.BertModel(config), folder)


def distilbert(folder: Path) -> Path:
    transformers = pytest.importorskip("transformers", reason="the extra transformers is not installed")
    pieces = write_tokenizer(folder, ("[CLS]", "[SEP]", "[PAD]", "[UNK]"))
    config = transformers.DistilBertConfig(
        vocab_size=pieces, dim=32, n_layers=2, n_heads=2, hidden_dim=64, max_position_embeddings=64
    )
    return saved(transformers.DistilBertModel(config), folder)


def roberta(folder: Path) -> Path:
    transformers = pytest.importorskip("transformers", reason="the extra transformers is not installed")
    pieces = write_tokenizer(folder, ("<s>", "</s>", "<pad>", "<unk>"))
    config = transformers.RobertaConfig(
        vocab_size=pieces,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=66,
        pad_token_id=0,
    )
    return saved(transformers.RobertaModel(config), folder)


def saved(model: Any, folder: Path) -> Path:
    model.save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """The folder of a tiny pretrained model by its kind; weights are drawn at random."""
    import torch

    made: dict[str, Path] = {}
    kinds = {"bert": bert, "distilbert": distilbert, "roberta": roberta}

    def folder(kind: str) -> Path:
        if kind not in made:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(3)
                made[kind] = kinds[kind](tmp_path_factory.mktemp(kind))
        return made[kind]

    return folder
