from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from unittest import SkipTest

import pytest

from nlpkit import Component, Vocab
from nlpkit.testing import Check, check_tokenizer, checks_of, parametrize_with_checks
from nlpkit_hf import Pretrained, Subwords, TokenizerJson

from .conftest import write_tokenizer

SMALL = [
    Subwords(vocab_size=400),
    Subwords(model="wordpiece", vocab_size=2000, lowercase=False),
    Subwords(model="unigram", vocab_size=400, normalize="none"),
]


@parametrize_with_checks(SMALL)
def test_subwords_keep_their_promises(component: Component, check: Check) -> None:
    check(component)


def test_a_tokenizer_json_keeps_its_promises(tmp_path: Path) -> None:
    write_tokenizer(tmp_path, ("[CLS]", "[SEP]", "[PAD]", "[UNK]"))
    check_tokenizer(TokenizerJson(tmp_path / "tokenizer.json"))


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("bert", {}),
        ("bert", {"frozen": True}),
        ("distilbert", {"pooling": "first"}),
        ("roberta", {}),
    ],
    ids=str,
)
def test_pretrained_keeps_its_promises(
    kind: str, settings: dict[str, object], model_folder: Callable[[str], Path]
) -> None:
    encoder = Pretrained(model_folder(kind), **settings)  # type: ignore[arg-type]
    vocab = Vocab(["the", "who", "what", "##e", "in", "zebra", "capital"], specials=("[MASK]",), buckets=2)
    skipped = []
    for check in checks_of(encoder, vocab=vocab):
        try:
            check(encoder)
        except SkipTest as reason:
            skipped.append(str(reason))
    frozen = {"it has no parameters to train"} if settings.get("frozen") else set()
    assert {each for each in skipped if each != "there is no GPU here"} == frozen | {
        "it gives vectors alone",
        "it looks its vectors up elsewhere than in a TokenEmbedding",
        "Pretrained does not say that it can be exported, with `exports = True` in its class",
    }
