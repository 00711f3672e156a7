from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from nlpkit import ConfigError, DataError
from nlpkit.text import read_tokens
from nlpkit_hf import Subwords, TokenizerJson, write_pieces
from nlpkit_hf.tokenizers import Model

from .conftest import TEXTS, write_tokenizer

each_model = pytest.mark.parametrize("model", ["bpe", "wordpiece", "unigram"])


@each_model
def test_the_same_texts_give_the_same_json_in_another_process(model: Model) -> None:
    code = (
        "import sys, json; from nlpkit_hf import Subwords; "
        f"print(Subwords(model={model!r}, vocab_size=90).fitted(json.loads(sys.argv[1])).learned)"
    )
    import json

    there = subprocess.run(
        [sys.executable, "-c", code, json.dumps(TEXTS)],
        capture_output=True,
        check=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert there.stdout.strip() == Subwords(model=model, vocab_size=90).fitted(TEXTS).learned


@each_model
def test_training_texts_are_cut_into_known_pieces_that_make_them_up_again(model: Model) -> None:
    tokenize = Subwords(model=model, vocab_size=90).fitted(TEXTS).build()
    for text in TEXTS:
        pieces = tokenize(text)
        assert "[UNK]" not in pieces
        joined = "".join(piece.replace("##", "") for piece in pieces).replace("\u2581", "")
        assert joined == text.lower().replace(" ", "")


def test_subwords_that_have_learned_nothing_say_so() -> None:
    with pytest.raises(ConfigError, match="these subwords have learned nothing yet"):
        Subwords().build()


@each_model
def test_texts_without_words_are_refused(model: Model) -> None:
    with pytest.raises(DataError, match="the training texts have no words to learn subwords from"):
        Subwords(model=model).fitted(["", " \n"])


def test_unigram_says_how_large_its_vocabulary_has_to_be() -> None:
    with pytest.raises(ConfigError, match="have 6 distinct characters") as caught:
        Subwords(model="unigram", vocab_size=5).fitted(["a b c d e f"])
    assert caught.value.hint == "set tokenizer.vocab_size to 9 or more"
    assert Subwords(model="unigram", vocab_size=9).fitted(["a b c d e f"]).learned


def test_a_text_with_the_name_of_a_special_token_is_cut_like_any_other(tmp_path: Path) -> None:
    write_tokenizer(tmp_path, ("[CLS]", "[SEP]", "[PAD]", "[UNK]"))
    tokenize = TokenizerJson(tmp_path / "tokenizer.json").build()
    for function in (tokenize, pickle.loads(pickle.dumps(tokenize))):
        pieces = function("what [SEP] play")
        assert pieces[0] == "what" and pieces[-1] == "play" and "[SEP]" not in pieces
    assert "[UNK]" not in Subwords(vocab_size=90).fitted([*TEXTS, "[unk]"]).build()("[UNK]")


def test_a_file_is_neither_cut_nor_padded_and_adds_no_special_tokens(tmp_path: Path) -> None:
    write_tokenizer(tmp_path, ("[CLS]", "[SEP]", "[PAD]", "[UNK]"))
    tokenize = TokenizerJson(tmp_path / "tokenizer.json").build()
    assert tokenize("What is the capital of China ?") == ["what", "is", "the", "capital", "of", "china", "?"]


def test_a_portable_tokenizer_needs_no_file(tmp_path: Path) -> None:
    write_tokenizer(tmp_path, ("[CLS]", "[SEP]", "[PAD]", "[UNK]"))
    portable = TokenizerJson(tmp_path / "tokenizer.json").portable()
    (tmp_path / "tokenizer.json").unlink()
    assert portable.file is None
    assert portable.build()("the play") == ["the", "play"]


@pytest.mark.parametrize("content", ["", "{}", "no JSON", "\udcff"])
def test_what_is_no_tokenizer_is_refused(tmp_path: Path, content: str) -> None:
    file = tmp_path / "tokenizer.json"
    file.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError, match=r"this is no tokenizer\.json|byte 0 is not UTF-8"):
        TokenizerJson(file).build()


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="the tokenizer cannot be read: No such file"):
        TokenizerJson(tmp_path / "none.json").build()


def test_a_file_or_content_is_required_and_not_both() -> None:
    with pytest.raises(ValueError, match=r"file: give the path of a tokenizer\.json"):
        TokenizerJson()
    with pytest.raises(ValueError, match="or content alone"):
        TokenizerJson(Path("a"), content="b")


def test_written_pieces_are_a_vocabulary_without_special_tokens(tmp_path: Path) -> None:
    count = write_tokenizer(tmp_path, ("[CLS]", "[SEP]", "[PAD]", "[UNK]"))
    assert write_pieces(tmp_path / "tokenizer.json", tmp_path / "pieces.txt") == count - 4
    pieces = read_tokens(tmp_path / "pieces.txt").tokens
    assert len(pieces) == count - 4
    assert {"capital", "##e"} <= set(pieces) and "[CLS]" not in pieces


def test_learning_leaves_the_environment_as_it_was_and_forks_without_a_warning(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from nlpkit.text import number_tokens

    monkeypatch.delenv("TOKENIZERS_PARALLELISM", raising=False)
    tokenize = Subwords(vocab_size=90).fitted(TEXTS).build()
    assert "TOKENIZERS_PARALLELISM" not in os.environ
    alone, shared = (number_tokens([TEXTS], tokenize, parts=parts) for parts in (1, 3))
    assert alone.counts(0) == shared.counts(0)
    assert capfd.readouterr().err == ""


def test_importing_the_plugin_imports_no_library_of_theirs() -> None:
    code = (
        "import sys, nlpkit_hf; "
        "print([name for name in ('tokenizers', 'datasets', 'transformers', 'torch', 'huggingface_hub') "
        "if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert found.stdout.strip() == "[]"
