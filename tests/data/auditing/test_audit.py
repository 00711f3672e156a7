"""The audit of whole datasets, with planted faults."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

import nlpkit
from nlpkit.data.auditing.audit import Audit, audit_of

LONG = "the price of crude oil went up on friday after the meeting in the capital of the north was called off"
OTHER = "a museum of modern art showed forty paintings that nobody had seen since the war ended so long ago"


def part(*texts: str, labels: Sequence[str] = ("oil",)) -> nlpkit.Texts:
    return nlpkit.Texts(list(texts), [labels[place % len(labels)] for place in range(len(texts))])


def found(train: nlpkit.Texts, test: nlpkit.Texts | None = None, valid: nlpkit.Texts | None = None) -> Audit:
    empty = nlpkit.Texts([], [])
    return audit_of(nlpkit.Splits(train, valid or empty, test or empty, source="here"))


def test_a_test_text_that_is_nearly_a_train_text_is_listed_with_both_rows() -> None:
    audit = found(part(OTHER, LONG), part(LONG.replace("friday", "monday")))
    (row,) = audit.tables["near_duplicates"]
    assert (row["part"], row["row"], row["near_part"], row["near_row"]) == ("test", 1, "train", 2)
    assert row["similarity"] == round(16 / 22, 4)
    assert audit.facts["near_test_rows"] == 1
    assert audit.facts["alike_test_rows"] == 0
    assert [each.text for each in audit.notes] == [
        "1 of 1 test text is nearly the same as a train text (audit.json has the rows)"
    ]


def test_twins_with_different_labels_are_conflicts() -> None:
    audit = found(part(LONG, OTHER, LONG.upper(), labels=("oil", "art", "war")))
    (row,) = audit.tables["conflicts"]
    assert (row["row"], row["label"], row["near_row"], row["near_label"]) == (3, "war", 1, "oil")


def test_signs_tell_texts_apart_that_are_short() -> None:
    audit = found(part("so it goes :)", "so it goes :(", labels=("good", "bad")))
    assert audit.tables["conflicts"] == []


def test_a_word_that_gives_a_class_away_is_told_with_its_share() -> None:
    texts = [f"{('zz', 'plain')[place % 2]} w{place} x{place}" for place in range(60)]
    audit = found(part(*texts, labels=("oil", "art")))
    assert audit.tables["give_aways"][0] == {
        "word": "zz",
        "label": "oil",
        "texts": 30,
        "purity": 1.0,
        "coverage": 1.0,
    }
    assert "'zz' gives 'oil' away: 100 % of the 30 train texts with it are of that class" in map(
        str, audit.notes
    )


def test_parts_are_told_by_length_and_by_what_training_lacks() -> None:
    audit = found(part("oil is up", "art"), part("gas is up", "gas"))
    assert audit.tables["parts"] == [
        {
            "part": "train",
            "texts": 2,
            "median_words": 2.0,
            "most_words": 3,
            "unknown_fraction": 0.0,
            "missing_words": "",
        },
        {
            "part": "test",
            "texts": 2,
            "median_words": 2.0,
            "most_words": 3,
            "unknown_fraction": 0.5,
            "missing_words": "gas",
        },
    ]


def test_classes_that_are_not_as_frequent_in_test_are_told() -> None:
    train = part(*(f"w{place} here" for place in range(400)), labels=("oil", "art"))
    test = part(*(f"v{place} there" for place in range(100)), labels=("oil", "oil", "oil", "art"))
    audit = found(train, test)
    assert [
        (row["label"], row["train_fraction"], row["fraction"]) for row in audit.tables["class_shift"]
    ] == [
        ("art", 0.5, 0.25),
        ("oil", 0.5, 0.75),
    ]
    assert (
        "the classes of test are not as frequent as in train: 'art' is 25 % there, and 50 % of train"
        in map(str, audit.notes)
    )


def test_damaged_texts_are_told() -> None:
    audit = found(part("caf\u00c3\u00a9 here", "plain", "lost \ufffd sign"))
    assert [(row["row"], row["what"]) for row in audit.tables["encoding"]] == [
        (1, "read in the wrong encoding"),
        (3, "characters were lost"),
    ]


def test_clean_texts_have_no_notes() -> None:
    audit = found(part("oil is up", "art is shown", labels=("oil", "art")), part("gas went down"))
    assert audit.notes == ()
    assert all(not rows for name, rows in audit.tables.items() if name != "parts")
    assert "not looked for: label errors" in repr(audit)


def test_a_run_writes_what_was_found(tmp_path: Path) -> None:
    train, test = [LONG, OTHER] * 6, [LONG.replace("friday", "monday")]
    data = nlpkit.InMemory(train, ["oil", "art"] * 6, test=(test, ["oil"]))
    experiment = nlpkit.Experiment(
        data=data,
        encoder=nlpkit.EmbeddingMean(),
        collator=nlpkit.Offsetify(),
        trainer=nlpkit.Standard(epochs=1),
        baseline=False,
    )
    result = nlpkit.run(experiment, tmp_path / "run")
    written = json.loads((tmp_path / "run" / "audit.json").read_text(encoding="utf-8"))
    assert result.audit is not None
    assert written == result.audit.table()
    assert written["near_duplicates"][0]["part"] == "test"
    assert result.manifest["data"]["facts"]["near_test_rows"] == 1


def test_it_is_asked_for_from_python_in_every_form(tmp_path: Path) -> None:
    file = tmp_path / "texts.csv"
    file.write_text(
        "text,label\n" + "".join(f"w{n} v{n},{'ab'[n % 2]}\n" for n in range(40)), encoding="utf-8"
    )
    data = nlpkit.Csv(train=file)
    forms = [file, str(file), data, nlpkit.default_experiment(data), data.build()()]
    audits = [nlpkit.audit(form) for form in forms]
    assert all(each.table() == audits[0].table() for each in audits)
    assert repr(audits[0]).startswith("part ")
    with pytest.raises(nlpkit.ConfigError, match="data: 3 is no experiment, dataset or file"):
        nlpkit.audit(3)  # type: ignore[arg-type]


def test_what_is_for_one_label_a_text_is_not_looked_for_where_there_are_several() -> None:
    texts = nlpkit.Texts.of_sets(["oil is up", "art is shown", "oil art"], [{"oil"}, {"art"}, {"oil", "art"}])
    audit = found(texts)
    assert audit.tables.keys() == {"near_duplicates", "conflicts", "parts", "encoding"}
    assert "not looked for: give aways, class shift, label errors" in repr(audit)
