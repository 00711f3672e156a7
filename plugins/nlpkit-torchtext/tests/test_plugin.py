from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nlpkit import Component, SettingsError, Split, load_plugins
from nlpkit_torchtext import TorchtextDataset, TorchtextTokenizer


@pytest.mark.parametrize(
    ("kind", "settings"), [("tokenizer", TorchtextTokenizer), ("dataset", TorchtextDataset)]
)
def test_the_components_are_registered(kind: str, settings: type[Component]) -> None:
    entry = load_plugins().entry(kind, "torchtext")
    assert entry.settings is settings
    assert entry.distribution == "nlpkit-torchtext"


def test_loading_the_plugin_and_making_settings_imports_neither_torch_nor_torchtext() -> None:
    code = (
        "import sys\n"
        "from nlpkit import load_plugins\n"
        "assert 'torchtext' in [plugin.name for plugin in load_plugins().loaded]\n"
        "from nlpkit_torchtext import TorchtextDataset, TorchtextTokenizer, vocab_config\n"
        "TorchtextDataset(name='IMDB'), TorchtextTokenizer(), vocab_config(min_freq=2)\n"
        "assert not {'torch', 'torchtext', 'numpy', 'sklearn'} & set(sys.modules), sorted(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_unknown_tokenizer_and_a_language_that_is_not_english_are_refused() -> None:
    with pytest.raises(SettingsError, match="name: 'mose' is not one of basic_english, spacy, moses"):
        TorchtextTokenizer(name="mose")  # type: ignore[arg-type]
    with pytest.raises(SettingsError, match="language: 'de' is not one of en"):
        TorchtextTokenizer(language="de")
    assert TorchtextTokenizer(name="spacy", language="de_core_news_sm").language == "de_core_news_sm"


def test_a_dataset_without_one_text_and_one_class_a_row_is_refused() -> None:
    with pytest.raises(SettingsError, match="name: 'WikiText2' is not one of AG_NEWS, AmazonReviewFull"):
        TorchtextDataset(name="WikiText2")  # type: ignore[arg-type]


def test_a_split_without_labels_is_refused_with_those_that_have_them() -> None:
    with pytest.raises(SettingsError, match="test: 'test' is not one of train, dev"):
        TorchtextDataset(name="SST2", test="test")
    assert TorchtextDataset(name="SST2", test="dev").test == "dev"


def test_rows_cannot_be_grouped() -> None:
    with pytest.raises(SettingsError, match="split: torchtext's datasets have no column to group by"):
        TorchtextDataset(name="AG_NEWS", split=Split(group="author"))


def test_the_example_names_the_parts_it_shows() -> None:
    from nlpkit import load_experiment

    path = Path(__file__).parents[1] / "examples" / "trec6_torchtext.toml"
    assert path.read_text(encoding="utf-8").startswith("# ")
    assert load_experiment(path).tokenizer == TorchtextTokenizer(name="basic_english")
