from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.components.kinds import Tokenizer
from nlpkit.components.tokenizers import BasicEnglish, Ngrams, Unicode
from nlpkit.data.reading.packed import PackedTexts
from nlpkit.plugins.catalogue import Plugin, Plugins
from nlpkit.plugins.loading import load_plugins
from nlpkit.plugins.registry import Registry
from nlpkit.text.settings import TextConfig, VocabConfig
from nlpkit.text.store import key as key_module
from nlpkit.text.store.key import id_settings, key

PLUGIN = """
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from nlpkit.components.kinds import Tokenizer

@dataclass(frozen=True)
class Words(Tokenizer):
    file: Path | None = None

    def build(self) -> Callable[[str], list[str]]:
        return str.split
"""

any_texts = st.lists(st.text(alphabet="ab\0\ud83d\u00e9", max_size=4), max_size=6)


def settings_of(tokenizer: Tokenizer | None = None, **changed: Any) -> Any:
    given = {"text": TextConfig(), "vocab": VocabConfig(), "listed": None, **changed}
    return id_settings(tokenizer or BasicEnglish(), **given)


@given(any_texts, any_texts)
def test_other_texts_or_other_boundaries_have_another_name(texts: list[str], others: list[str]) -> None:
    settings = settings_of()
    assert (key({"a": texts}, settings) == key({"a": others}, settings)) == (texts == others)
    assert key({"a": texts, "b": others}, settings) == key({"a": PackedTexts(texts), "b": others}, settings)


@given(any_texts, st.data())
def test_a_text_counts_in_the_part_it_is_in(texts: list[str], data: st.DataObject) -> None:
    settings = settings_of()
    cuts = [data.draw(st.integers(0, len(texts))) for _ in range(2)]
    first, second = (key({"a": texts[:cut], "b": texts[cut:]}, settings) for cut in cuts)
    assert (first == second) == (cuts[0] == cuts[1])


@pytest.mark.parametrize(
    "changed",
    [
        {"tokenizer": Unicode()},
        {"tokenizer": Unicode(lowercase=False)},
        {"tokenizer": Ngrams(tokenizer=Unicode())},
        {"text": TextConfig(normalize="NFC")},
        {"vocab": VocabConfig(min_count=2)},
        {"vocab": VocabConfig(max_size=9)},
        {"vocab": VocabConfig(specials=("<s>",))},
        {"vocab": VocabConfig(buckets=3)},
        {"vocab": VocabConfig(file=Path("a.txt")), "listed": ["a"]},
        {"vocab": VocabConfig(file=Path("a.txt")), "listed": ["b"]},
    ],
    ids=str,
)
def test_each_setting_that_ids_depend_on_changes_the_name(changed: dict[str, Any]) -> None:
    assert key({"a": ["x"]}, settings_of(**changed)) != key({"a": ["x"]}, settings_of())
    assert key({"a": ["x"]}, settings_of(**changed)) == key({"a": ["x"]}, settings_of(**changed))


def test_of_a_file_of_tokens_only_what_is_in_it_counts() -> None:
    one, two = (settings_of(vocab=VocabConfig(file=Path(name)), listed=["a"]) for name in ("a.txt", "b.txt"))
    assert one == two


@pytest.mark.parametrize("name", ["FORMAT", "__version__"])
def test_another_version_has_another_name(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = settings_of()
    monkeypatch.setattr(key_module, name, 99)
    assert settings_of() != before


Installed = Callable[..., Any]


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installed]:
    """Install a plugin's module and give its class; once more to change its code or its version."""
    monkeypatch.syspath_prepend(tmp_path)

    def install(*, version: str = "1.0", more: str = "", package: bool = False) -> Any:
        path = tmp_path / ("words_plugin/tokens.py" if package else "words_plugin.py")
        path.parent.mkdir(exist_ok=True)
        (path.parent / "__init__.py").touch() if package else None
        path.write_text(PLUGIN + more, encoding="utf-8")
        for name in [name for name in sys.modules if name.startswith("words_plugin")]:
            del sys.modules[name]
        importlib.invalidate_caches()
        key_module._code.cache_clear()
        words = importlib.import_module("words_plugin.tokens" if package else "words_plugin").Words
        registry = Registry("nlpkit-words")
        registry.add("words", words)
        registry.merge(load_plugins().registry)
        plugins = Plugins(registry, (Plugin("words", "nlpkit-words", version),), ())
        monkeypatch.setattr(key_module, "load_plugins", lambda: plugins)
        return words

    yield install
    for name in [name for name in sys.modules if name.startswith("words_plugin")]:
        del sys.modules[name]
    key_module._code.cache_clear()


def test_an_upgrade_of_a_plugin_changes_the_name_and_names_it(installed: Installed) -> None:
    old = settings_of(installed()())
    again = settings_of(installed()())
    new = settings_of(installed(version="1.1")())
    assert old == again != new
    assert old["tokenizer"]["components"][0] | {"code": ""} == {
        "name": "words",
        "by": "nlpkit-words",
        "version": "1.0",
        "code": "",
    }


@pytest.mark.parametrize("package", [False, True])
def test_who_edits_a_tokenizer_gets_another_name(package: bool, installed: Installed, tmp_path: Path) -> None:
    def name() -> Any:
        return settings_of(Ngrams(tokenizer=installed(package=package)()))

    before = name()
    (tmp_path / "other.py").write_text("", encoding="utf-8")
    assert name() == before
    assert settings_of(Ngrams(tokenizer=installed(package=package, more="# edited\n")())) != before
    if package:
        name()
        (tmp_path / "words_plugin" / "beside.py").write_text("", encoding="utf-8")
        assert name() != before


def test_the_content_of_a_file_that_a_tokenizer_reads_counts(installed: Installed, tmp_path: Path) -> None:
    words, file = installed(), tmp_path / "merges.txt"
    file.write_text("a", encoding="utf-8")
    before = settings_of(words(file=file))
    file.write_text("b", encoding="utf-8")
    assert settings_of(words(file=file)) != before
    assert settings_of(words(file=tmp_path)) is None
    assert settings_of(words(file=tmp_path / "gone.txt")) is None


def test_a_tokenizer_that_nobody_registered_has_no_name() -> None:
    @dataclass(frozen=True)
    class Mine(Tokenizer):
        def build(self) -> Callable[[str], list[str]]:
            return str.split

    assert settings_of(Mine()) is None
    assert settings_of(replace(Ngrams(), tokenizer=Mine())) is None
