"""Who is measured, and with which settings: nlpkit's examples, and others that do well on the sample."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Any

from nlpkit.cli.shipped import examples_folder

Settings = dict[str, Any]

TARGET = 0.85  # test accuracy, for the time it takes to get there
# The two best of FASTTEXT.md: of all, and of dim 10
FASTTEXT: Settings = {"dim": 64, "lr": 0.25, "epoch": 25, "minCount": 2, "wordNgrams": 2, "thread": 2}
FASTTEXT_10: Settings = {**FASTTEXT, "dim": 10}
# The model of its tutorial on several classes, whose batches of 8 texts and 1e-3 are for the 15 texts it has
TORCH_TEXT_CLASSIFIERS: Settings = {
    "vocab_size": 5000,
    "max_tokens": 128,
    "embedding_dim": 64,
    "num_epochs": 30,
    "batch_size": 64,
    "lr": 5e-3,
    "patience_early_stopping": 3,
}
SHARED = {"data", "seed"}  # settings that all contenders have in common


def example(name: str) -> Settings:
    """The settings of an example that ships with nlpkit."""
    text = (examples_folder() / f"{name}.toml").read_text(encoding="utf-8")
    return {key: value for key, value in tomllib.loads(text).items() if key not in SHARED}


@dataclass(frozen=True)
class Contender:
    """One row of the tables.

    name: for `--only`
    title: for the tables
    peer: the module below `benchmarks.peers` that is started
    settings: what the peer reads
    epochs: how often it is asked to train; once where all of training is one call
    environment: whose Python runs it: nlpkit's, or one of `environments.py`
    full_rounds: the rounds with all epochs; in later ones there are two, for the rates, and accuracy is not
        shown
    stop_at: test accuracy that ends the training of a full round
    zipf_documents: how many documents of the Zipf corpus it trains on; all where unset
    zipf_rounds: the most rounds on that corpus
    growth: the grown corpora it takes part in
    growth_documents: how many of their documents it trains on; all where unset
    """

    name: str
    title: str
    peer: str
    settings: Settings
    epochs: int
    environment: str = ""
    full_rounds: int = 1_000
    stop_at: float | None = None
    zipf_documents: int | None = None
    zipf_rounds: int = 3
    growth: tuple[str, ...] = ()
    growth_documents: int | None = None

    @property
    def ours(self) -> bool:
        """Whether it is nlpkit."""
        return self.peer == "nlpkit_run"

    @property
    def short_settings(self) -> Settings:
        """For rates alone: two epochs where the number of epochs is a setting."""
        return {**self.settings, "epoch": 2} if "epoch" in self.settings else self.settings

    @property
    def single_shot(self) -> bool:
        """Whether all of training is one call, so that epochs cannot be told apart."""
        return self.peer in {"linear_svc", "fasttext_supervised", "torch_text_classifiers"}


SUBSET = 8_000  # documents of a large corpus for those who would take minutes an epoch
SMALL = ("sample", "grown-10")
ALL_SIZES = ("sample", "grown-10", "grown-100")


def nlpkit_contenders() -> list[Contender]:
    """nlpkit's own."""
    lstm, bigrams = example("agnews_lstm_fast"), example("agnews_bigrams")
    packed = {
        "encoder": {**lstm["encoder"], "packed": True},
        "collator": "pad_length",
        "trainer": {"type": "standard", "batch_size": 64, "learning_rate": 5e-3, "workers": 2, "epochs": 4},
    }
    small = {
        **bigrams,
        "encoder": {"type": "embedding_mean", "embedding": {"size": 10, "dropout": 0.2}},
        "trainer": {**bigrams["trainer"], "batch_size": 2048, "epochs": 6},
    }
    rows: list[tuple[str, str, Settings]] = [
        ("nlpkit-lstm", "nlpkit: LSTM", lstm),
        ("nlpkit-packed", "nlpkit: packed LSTM", packed),
        ("nlpkit-mean-10", "nlpkit: mean, bigrams, dim 10", small),
        ("nlpkit-mean", "nlpkit: mean, bigrams, dim 64", bigrams),
        ("nlpkit-default", "nlpkit: default example", example("agnews_lstm")),
    ]
    return [
        Contender(
            name,
            title,
            "nlpkit_run",
            settings,
            settings["trainer"]["epochs"],
            growth=ALL_SIZES if name == "nlpkit-lstm" else (),
        )
        for name, title, settings in rows
    ]


def notebook_contenders() -> list[Contender]:
    """The lesson's loop; it would take minutes an epoch on a large corpus."""
    return [
        Contender(
            name,
            title,
            "notebook_loop",
            {"packed": packed},
            epochs=epochs,
            full_rounds=1,
            stop_at=TARGET,
            zipf_documents=SUBSET,
            zipf_rounds=1,
            growth=SMALL if not packed else (),
            growth_documents=SUBSET,
        )
        for name, title, packed, epochs in (
            ("notebook", "notebook loop: LSTM", False, 12),
            ("notebook-packed", "notebook loop: packed LSTM", True, 8),
        )
    ]


def others() -> list[Contender]:
    """Other programs."""
    bag = Contender("torchtext-style", "torchtext-style embedding bag", "embedding_bag", {}, 10)
    fasttext, fasttext_10 = (
        Contender(
            name,
            f"fastText, bigrams, dim {settings['dim']}",
            "fasttext_supervised",
            settings,
            1,
            environment="fasttext",
            growth=sizes,
        )
        for name, settings, sizes in (
            ("fasttext", FASTTEXT, ()),
            ("fasttext-10", FASTTEXT_10, SMALL),
        )
    )
    svc = Contender("linear-svc", "scikit-learn: TF-IDF, LinearSVC", "linear_svc", {"C": 0.5}, 1)
    keras = Contender(
        "keras",
        "Keras: LSTM on torch",
        "keras_lstm",
        {"max_tokens": 64, "batch_size": 64, "learning_rate": 3e-3},
        2,
        environment="keras",
        zipf_documents=SUBSET,
        zipf_rounds=1,
    )
    spacy = Contender(
        "spacy",
        "spaCy: textcat, bag of words",
        "spacy_textcat",
        {"ngram_size": 1, "batch_size": 128},
        4,
        environment="spacy",
        zipf_documents=SUBSET,
        zipf_rounds=1,
    )
    torch_text_classifiers = Contender(
        "torchtextclassifiers",
        "torchTextClassifiers: word pieces, mean",
        "torch_text_classifiers",
        TORCH_TEXT_CLASSIFIERS,
        1,
        environment="torchtextclassifiers",
        full_rounds=1,
        zipf_documents=SUBSET,
        zipf_rounds=1,
    )
    return [bag, torch_text_classifiers, fasttext, fasttext_10, svc, keras, spacy]


def contenders() -> list[Contender]:
    """All of them, in the order of a round."""
    return [*nlpkit_contenders(), *notebook_contenders(), *others()]
