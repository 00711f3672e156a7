from __future__ import annotations

import json
import logging
import subprocess
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch

import nlpkit
from nlpkit import (
    Collator,
    ConfigError,
    Embedding,
    EmbeddingMean,
    Encoder,
    GateError,
    Gru,
    Lstm,
    MissingError,
    Model,
    Ngrams,
    Offsetify,
    Padify,
    PadLength,
    Pool,
    Rnn,
    Tfidf,
    Tokenizer,
    WordCharNgrams,
    export,
)
from nlpkit.batch import Batch, FlatBatch, PaddedBatch
from nlpkit.models.exporting import loader
from nlpkit.scoring.decisions import Decision
from nlpkit.vocab import Vocab
from tests.models.exporting.samples import LABELS, TEXTS, model

if TYPE_CHECKING:
    from torch import nn

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")

SMALL = Embedding(size=6)
FORMS = [
    *(
        (
            cell(hidden_size=5, num_layers=layers, bidirectional=both, packed=packed, embedding=SMALL),
            PadLength(),
        )
        for cell, layers, both, packed in product((Rnn, Gru, Lstm), (1, 2), (False, True), (False, True))
    ),
    *(
        (Lstm(hidden_size=5, pooling=pooling, embedding=SMALL), Padify())
        for pooling in ("last", "mean", "max", "attention", ("max", "last"))
    ),
    (EmbeddingMean(embedding=SMALL), Offsetify()),
    (EmbeddingMean(embedding=SMALL), Padify(max_tokens=5, keep="both")),
    (EmbeddingMean(embedding=SMALL), Offsetify(max_tokens=4, keep="tail")),
    (EmbeddingMean(embedding=Embedding(size=6, char_ngrams=(3, 4), char_ngram_buckets=50)), Offsetify()),
    *(
        (Tfidf(norm=norm, sublinear_tf=sublinear), Offsetify())
        for norm, sublinear in (("l2", False), ("none", True), ("l2", True))
    ),
]


def assert_same(original: nlpkit.TextModel, folder: Path) -> None:
    """The same probabilities to 1e-6, and the same labels."""
    loaded = loader.load(folder)
    np.testing.assert_allclose(loaded.probabilities(TEXTS), original.probabilities(TEXTS), rtol=0, atol=1e-6)
    assert loaded.predict(TEXTS) == original.predict(TEXTS)
    assert loaded.labels == original.labels.names


@pytest.mark.parametrize(("encoder", "collator"), FORMS, ids=str)
def test_every_form_of_every_encoder_gives_the_same(
    encoder: Encoder, collator: Collator, tmp_path: Path
) -> None:
    original = model(encoder, collator)
    done = export(original, tmp_path / "exported", texts=TEXTS)
    assert_same(original, tmp_path / "exported")
    assert [form.name for form in done.forms] == ["torch", "onnx fp32"]
    assert done.forms[1].difference < 1e-6


@pytest.mark.parametrize(
    ("tokenizer", "settings"),
    [
        (Ngrams(), {"buckets": 20, "max_size": 300}),
        (WordCharNgrams(), {"specials": ("<mask>",), "min_count": 2}),
        (nlpkit.Unicode(), {"normalize": "NFKC"}),
        (nlpkit.Regex(r"[a-z]+"), {"normalize": "NFC"}),
        (nlpkit.Character(lowercase=False), {}),
        (nlpkit.Whitespace(), {"buckets": 3, "min_count": 3}),
    ],
    ids=str,
)
def test_texts_become_the_same_ids(tokenizer: Tokenizer, settings: dict[str, Any], tmp_path: Path) -> None:
    original = model(EmbeddingMean(embedding=SMALL), Offsetify(), tokenizer, **settings)
    export(original, tmp_path / "exported", texts=TEXTS)
    assert_same(original, tmp_path / "exported")


@pytest.mark.parametrize(
    "decision",
    [
        Decision(temperature=2.5, thresholds=(0.2, 0.5, 0.9), levels=(0.6, 0.1, 0.9), set_level=0.2),
        Decision(levels=(0.7,)),
        Decision("multi_label", temperature=0.5),
        Decision("multi_label", thresholds=(0.1, 0.5, 0.7)),
    ],
    ids=["thresholds", "one level", "multi_label", "multi_label thresholds"],
)
def test_the_decision_is_the_models(decision: Decision, tmp_path: Path) -> None:
    original = model(EmbeddingMean(embedding=SMALL), Offsetify(), decision=decision)
    export(original, tmp_path / "exported", texts=TEXTS)
    assert_same(original, tmp_path / "exported")
    if decision.has_sets:
        expected = original.named_sets(original.probabilities(TEXTS))
        assert loader.load(tmp_path / "exported").sets(TEXTS) == expected


@pytest.fixture
def pool() -> Pool:
    members = (
        model(EmbeddingMean(embedding=SMALL), Offsetify()),
        model(Tfidf(norm="l2_apart"), Offsetify(), WordCharNgrams()),
    )
    return Pool(("bag", "linear"), (0.7, 1.9), members, LABELS, decision=Decision(temperature=1.3))


def test_a_pool_has_a_graph_for_each_member(pool: Pool, tmp_path: Path) -> None:
    export(pool, tmp_path / "exported", texts=TEXTS)
    assert_same(pool, tmp_path / "exported")
    assert sorted(path.name for path in (tmp_path / "exported").iterdir()) == [
        *("bag.onnx", "bag.vocabulary.json", "export.json", "linear.onnx", "linear.vocabulary.json"),
        *("model.json", "nlpkit_onnx.py"),
    ]


ALONE = """
import json, sys
for name in ("nlpkit", "torch", "onnx"):
    sys.modules[name] = None
sys.path.insert(0, sys.argv[1])
from nlpkit_onnx import load
texts = json.load(sys.stdin)
print(json.dumps([load().probabilities(texts).tolist(), load(sys.argv[1]).predict(texts)]))
"""


def test_the_file_in_the_folder_needs_neither_nlpkit_nor_torch(pool: Pool, tmp_path: Path) -> None:
    export(pool, tmp_path / "exported", texts=TEXTS)
    ran = subprocess.run(
        [sys.executable, "-I", "-c", ALONE, str(tmp_path / "exported")],
        input=json.dumps(TEXTS),
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert ran.returncode == 0, ran.stderr
    probabilities, labels = json.loads(ran.stdout)
    np.testing.assert_allclose(probabilities, pool.probabilities(TEXTS), rtol=0, atol=1e-6)
    assert labels == pool.predict(TEXTS)


@pytest.mark.parametrize("precision", ["fp16", "int8"])
def test_fewer_bits_are_measured_beside_all(precision: Any, pool: Pool, tmp_path: Path) -> None:
    labels = pool.predict(TEXTS)
    done = export(pool, tmp_path / "x", precision=precision, texts=TEXTS, labels=labels, max_changed=1)
    torchs, full, small = done.forms
    assert [form.name for form in done.forms] == ["torch", "onnx fp32", f"onnx {precision}"]
    assert small.megabytes < full.megabytes
    assert 1e-7 < small.difference < 0.1
    assert torchs.accuracy == full.accuracy == 1
    assert small.accuracy == 1 - small.changed / len(TEXTS)
    assert len(loader.load(tmp_path / "x").predict(TEXTS)) == len(TEXTS)
    assert not (tmp_path / "x" / "fp32").exists()


def test_more_changed_labels_than_allowed_are_refused(tmp_path: Path) -> None:
    close = model(EmbeddingMean(embedding=SMALL), Offsetify())
    with torch.no_grad():
        close.classifier.head.weight -= close.classifier.head.weight.mean(dim=1, keepdim=True)
        close.classifier.head.weight.mul_(1e-2)
        close.classifier.head.bias.zero_()
        close.classifier.encoder.embedding.weight[2:].add_(100)
    with pytest.raises(
        GateError, match=r"onnx fp16 changes the labels of \d+ of 68 texts, and 0.00% may change"
    ):
        export(close, tmp_path / "x", precision="fp16", texts=TEXTS, max_changed=0)
    assert list(tmp_path.iterdir()) == []


@dataclass(frozen=True)
class Closed(EmbeddingMean):
    exports = False


@dataclass(frozen=True)
class Flat(EmbeddingMean):
    accepts = FlatBatch


@dataclass(frozen=True)
class Shortest(Encoder):
    """The first tokens, as many as the batch has that is traced."""

    exports = True

    @property
    def accepts(self) -> type[Batch]:
        return PaddedBatch

    def build(self, vocab: Vocab) -> nn.Module:
        from nlpkit.nn.embedding import TokenEmbedding

        class Module(torch.nn.Module):
            output_dim = 4

            def __init__(self) -> None:
                super().__init__()
                self.embedding = TokenEmbedding(len(vocab), 4)

            def forward(self, batch: PaddedBatch) -> torch.Tensor:
                found: torch.Tensor = self.embedding(batch.ids[:, : int(batch.ids.max()) + 1]).sum(dim=1)
                return found

        return Module()


@dataclass(frozen=True)
class Reversed(Tokenizer):
    def build(self) -> Callable[[str], list[str]]:
        return backwards


def backwards(text: str) -> list[str]:
    return text.split()[::-1]


@dataclass(frozen=True)
class Own(Padify):
    pass


@pytest.mark.parametrize(
    ("encoder", "collator", "tokenizer", "said"),
    [
        (
            Closed(),
            Offsetify(),
            None,
            "the encoder Closed cannot be exported: it does not say that its module can be traced\n"
            "  set `exports = True` in its class",
        ),
        (
            Flat(),
            Offsetify(),
            None,
            "the encoder Flat cannot be exported: it reads no padded batch\n"
            "  let it accept a PaddedBatch or a LengthBatch",
        ),
        (
            EmbeddingMean(),
            Own(),
            None,
            "the collator Own cannot be exported: it is none of nlpkit\n"
            "  use padify, pad_length or offsetify",
        ),
        (
            EmbeddingMean(),
            Padify(),
            Ngrams(tokenizer=Reversed()),
            "the tokenizer Ngrams cannot be exported: it cannot be written down: backwards is no function of "
            "nlpkit\n  let its build() give a function of nlpkit.components.tokenizing, or a partial of one",
        ),
    ],
    ids=["encoder", "layout", "collator", "tokenizer"],
)
def test_a_part_that_cannot_be_exported_is_refused_by_name(
    encoder: Encoder, collator: Collator, tokenizer: Tokenizer | None, said: str, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError) as caught:
        export(model(encoder, collator, tokenizer), tmp_path / "x")
    assert str(caught.value) == said
    assert list(tmp_path.iterdir()) == []


def test_a_graph_that_is_another_function_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(
        GateError, match=r"onnx fp32 gives a probability that differs by .+ and 1e-05 is allowed"
    ):
        export(model(Shortest(), Padify()), tmp_path / "x", texts=TEXTS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["onnx", "onnxruntime"])
def test_without_the_extra_it_says_what_to_install(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingError) as caught:
        export(model(EmbeddingMean(), Padify()), tmp_path / "x")
    assert str(caught.value) == f"ONNX needs {name}\n  install it with: pip install 'nlpkit-toolkit[onnx]'"


def test_the_process_and_the_model_stay_as_they_were(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    original = model(Lstm(embedding=SMALL, packed=True), PadLength())
    original.classifier.train()
    weights = {name: each.clone() for name, each in original.classifier.state_dict().items()}

    def state() -> tuple[object, ...]:
        modes = torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_num_threads()
        return *modes, torch.get_rng_state().tolist(), [*warnings.filters], [*logging.getLogger().handlers]

    before = state()
    capfd.readouterr()
    export(original, tmp_path / "x", precision="int8", texts=TEXTS, max_changed=1)
    assert state() == before
    assert capfd.readouterr() == ("", "")
    assert all(module.training for module in original.classifier.modules())
    assert all(each.equal(weights[name]) for name, each in original.classifier.state_dict().items())
    assert original.classifier.encoder.packed


def test_without_texts_some_are_generated_from_the_vocabulary(tmp_path: Path) -> None:
    done = export(model(EmbeddingMean(embedding=SMALL), Offsetify()), tmp_path / "x")
    assert (done.rows, done.real_rows) == (500, False)


def test_weights_of_another_dtype_are_exported_as_float32(tmp_path: Path) -> None:
    original = model(EmbeddingMean(embedding=SMALL), Offsetify())
    doubled = replace(original)
    assert isinstance(doubled, Model)
    doubled.classifier.double()
    export(doubled, tmp_path / "x", texts=TEXTS)
    assert loader.load(tmp_path / "x").predict(TEXTS) == doubled.predict(TEXTS)
