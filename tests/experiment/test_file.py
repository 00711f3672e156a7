from __future__ import annotations

import errno
from pathlib import Path

import pytest

from nlpkit.components.datasets import Headlines
from nlpkit.components.encoders import Lstm
from nlpkit.errors import ConfigError
from nlpkit.experiment.file import dump_experiment, load_experiment
from nlpkit.experiment.value import Experiment
from nlpkit.text.settings import VocabConfig

SMALL = """
tokenizer = "basic-english"

[data]
type = "headlines"

[encoder]
type = "lstm"
hidden-size = 8
packed = true

[vocab]
min_count = 2
"""


def written(folder: Path, text: str | bytes, name: str = "x.toml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_a_file_and_python_make_the_same_experiment(tmp_path: Path) -> None:
    expected = Experiment(
        data=Headlines(), encoder=Lstm(hidden_size=8, packed=True), vocab=VocabConfig(min_count=2)
    )
    assert load_experiment(written(tmp_path, SMALL)) == expected
    assert (
        load_experiment(str(written(tmp_path, b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode())))
        == expected
    )
    assert load_experiment(written(tmp_path, dump_experiment(expected), "again.toml")) == expected


def refusal(folder: Path, text: str | bytes, *overrides: str) -> str:
    """What is said of a file, without the place."""
    path = written(folder, text)
    with pytest.raises(ConfigError) as caught:
        load_experiment(path, overrides)
    assert caught.value.exit_code == 2
    return str(caught.value).removeprefix(f"{path}: ")


def test_everything_that_is_wrong_with_a_file_is_told_at_once(tmp_path: Path) -> None:
    bad = """
    sede = 3
    seed = -1
    tokenizer = "basic_engilsh"
    metrics = ["acuracy", "f1_macro", "f1_makro"]

    [data]
    type = "csv"
    label = true

    [collator]
    type = "pad_length"
    max_tokens = 10.5
    keep = "middle"

    [encoder]
    type = "lstm"
    hidden_size = 1000000000000
    dropout = nan
    embedding = { size = "64", sise = 1 }

    [trainer]
    batch_size = 3

    [vocab]
    buckets = 1.0
    min_count = 2024-01-01
    specials = ["<s>", "<s>"]

    [vocabulary]
    """
    assert refusal(tmp_path, bad) == (
        "17 problems with the settings\n"
        "  sede: no such setting; did you mean seed?\n"
        "  tokenizer.type: tokenizer 'basic_engilsh' is not known; did you mean basic_english?\n"
        "  metrics[0].type: metric 'acuracy' is not known; did you mean accuracy?\n"
        "  metrics[2].type: metric 'f1_makro' is not known; did you mean f1_macro?\n"
        "  data.train: is required and missing; give a path\n"
        "  data.label: true is not a string or a whole number\n"
        "  collator.max_tokens: 10.5 is not a whole number or none\n"
        "  collator.keep: 'middle' is not one of head, tail, both\n"
        "  encoder.embedding.sise: no such setting; did you mean size?\n"
        "  encoder.embedding.size: '64' is not a whole number or none\n"
        "  encoder.hidden_size: 1000000000000 is not a whole number from 1 to 65536\n"
        "  encoder.dropout: nan is not a number from 0 to 1\n"
        "  vocab.min_count: 2024-01-01 is not a whole number\n"
        "  vocab.specials: names a special twice; <pad> and <unk> are always there\n"
        "  vocab.buckets: 1.0 is not a whole number\n"
        "  vocabulary: no such setting; did you mean vocab?\n"
        "  seed: -1 is not a whole number from 0 to 2147483647"
    )


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('type = "lstm"', "", "encoder.type: is required and missing; known: embedding_mean, gru, lstm, "
         "rnn, tfidf"),
        ('type = "lstm"', 'type = "lsmt"', "encoder.type: encoder 'lsmt' is not known; did you mean lstm?"),
        ("min_count = 2", "min_count = inf", "vocab.min_count: inf is not a whole number"),
        ("min_count = 2", "max_size = 2", "vocab.max_size: 2 is not a whole number from 3 to 100000000"),
        ("min_count = 2", "buckets = -1", "vocab.buckets: -1 is not a whole number from 0 to 100000000"),
        ("min_count = 2", "buckets = 1\nbuckets_ = 2", "vocab.buckets_: no such setting; "
         "did you mean buckets?"),
        ("packed =", "hidden_size = 2\npacked =", "encoder.hidden_size: is given twice, also as hidden-size"),
        ('tokenizer = "basic-english"', "metrics = []", "metrics: is empty; name one, such as accuracy"),
        ('tokenizer = "basic-english"', "vocab = 3\n[v]", "v: no such setting; did you mean vocab?"),
        ('tokenizer = "basic-english"', "members = 3", "members: 3 is not a list of: a table"),
        ('tokenizer = "basic-english"', 'members = ["tfidf"]', "members[0]: 'tfidf' is not a table"),
        ("[data]\n", "[[data]]\n", "data: a list is not a table or a name"),
        ("[data]", "[data]\ntrain_size = 1e3", "data.train_size: 1000.0 is not a whole number"),
    ],
)  # fmt: skip
def test_one_problem_is_told_with_its_path(tmp_path: Path, old: str, new: str, problem: str) -> None:
    text = SMALL.replace(old, new)
    if "vocab = 3" in new:
        text = text.replace("[vocab]\nmin_count = 2", "")
        assert refusal(tmp_path, text) == (
            "2 problems with the settings\n  vocab: 3 is not a table\n  v: no such setting; known: audit, "
            "baseline, collator, data, decision, effort, encoder, members, metrics, refit, seed, seeds, "
            "text, time_limit, tokenizer, track, trainer, vocab"
        )
    else:
        assert refusal(tmp_path, text) == f"a problem with the settings\n  {problem}"


def test_a_file_without_anything_names_what_is_required(tmp_path: Path) -> None:
    assert refusal(tmp_path, "") == (
        "a problem with the settings\n  data: is required and missing; give a dataset"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"seed = 1\n# \xff\n", "byte 11 is not UTF-8\n  save it as UTF-8"),
        ("seed = 1".encode("utf-16"), "byte 0 is not UTF-8\n  save it as UTF-8"),
        (b"seed = " + b"[" * 100_000, "tables are nested too deep"),
    ],
)  # fmt: skip
def test_what_is_no_text_or_nested_too_deep_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    assert refusal(tmp_path, content) == message


def test_tables_nested_without_end_are_refused(tmp_path: Path) -> None:
    deep = f"[data{'.fallback' * 3000}]\ntype = 'ag_news'\n[encoder]\ntype = 'lstm'\n"
    assert refusal(tmp_path, deep) == (
        "a problem with the settings\n  data.type: is required and missing; known: "
        "ag_news, arrow, class_files, csv, fasttext, folders, headlines, in_memory, json, jsonl, label_text, "
        "parquet, tsv, txt"
    )


def test_a_missing_file_leads_to_the_nearest_one(tmp_path: Path) -> None:
    def said(path: Path) -> str:
        with pytest.raises(ConfigError) as caught:
            load_experiment(path)
        return str(caught.value)

    empty, wrong = tmp_path / "empty", tmp_path / "agnews.toml"
    examples = "nlpkit examples lists what there is to start from"
    assert said(wrong) == f"{wrong}: there is no such file\n  {examples}"
    assert said(empty / "x.toml") == f"{empty / 'x.toml'}: there is no such file\n  {examples}"
    written(tmp_path, SMALL, "ag_news.toml")
    assert said(wrong) == f"{wrong}: there is no such file\n  did you mean {tmp_path / 'ag_news.toml'}?"
    assert said(tmp_path) == f"{tmp_path}: this is a folder, not a TOML file"
    inside = tmp_path / "ag_news.toml" / "x.toml"
    assert said(inside) == f"{inside}: cannot be read: Not a directory"


def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, SMALL)

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)  # to root nothing is forbidden
    with pytest.raises(ConfigError) as caught:
        load_experiment(path)
    assert str(caught.value) == f"{path}: cannot be read: Permission denied"


def test_a_misfit_in_a_file_is_told_beside_other_problems(tmp_path: Path) -> None:
    assert refusal(tmp_path, SMALL, "collator=padify", "seed=-1") == (
        "2 problems with the settings\n"
        "  collator: Padify produces a PaddedBatch, and Lstm accepts a LengthBatch; use pad_length\n"
        "  seed: -1 is not a whole number from 0 to 2147483647"
    )


def test_reading_a_file_runs_nothing_that_it_names(tmp_path: Path) -> None:
    for payload in [
        "os:system",
        "builtins.exec",
        "{{7*7}}",
        "file:///etc/passwd",
        "../../x",
        "%(a)s",
        "$HOME",
    ]:
        for key in ("data", "encoder", "tokenizer", "trainer"):
            message = refusal(tmp_path, SMALL, f"{key}={payload}")
            assert repr(payload) in message


def test_a_file_without_end_is_refused_before_memory_ends() -> None:
    with pytest.raises(ConfigError, match="longer than 1,000,000 characters"):
        load_experiment(Path("/dev/zero"))
