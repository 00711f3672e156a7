from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.data.auditing.oddities import audited, oddities
from nlpkit.data.texts import Splits, Texts
from nlpkit.errors import DataError
from nlpkit.notes import Note

NOTHING = Texts([], [])


def column(*texts: str, labels: Sequence[str] = "ab") -> Texts:
    return Texts(texts, [labels[n % len(labels)] for n in range(len(texts))])


def splits(train: Texts, test: Texts = NOTHING, valid: Texts = NOTHING) -> Splits:
    return Splits(train=train, valid=valid, test=test, source="a.csv")


def test_clean_data_gives_facts_and_no_warning() -> None:
    found = oddities(splits(column("oil", "art"), column("fun", "war")))

    assert found.notes == ()
    assert found.facts == {
        "leaked_test_rows": 0,
        "leaked_valid_rows": 0,
        "duplicate_train_rows": 0,
        "conflicting_train_rows": 0,
        "empty_texts": 0,
        "punctuation_texts": 0,
        "undecoded_texts": 0,
        "classes": 2,
        "majority_fraction": 0.5,
        "look_alike_labels": 0,
        "unseen_label_valid_rows": 0,
        "unseen_label_test_rows": 0,
    }


def test_test_rows_that_are_in_train_are_reported_loudly() -> None:
    train = column("Oil is up", "art", "fun")
    test = column("new", "Oil is up", "ART", "OIL  is up ", "fun")

    found = oddities(splits(train, test))

    assert found.facts["leaked_test_rows"] == 4
    assert [note.level for note in found.notes] == ["loud"]
    assert tuple(map(str, found.notes)) == (
        "LEAK: 4 of 5 test rows are also in train, 2 exactly and 2 but for case and spaces "
        "(rows 2, 3, 4 and 1 more); scores on test are too good: remove these rows from one of the two",
    )


def test_a_leak_of_rows_with_groups_names_the_setting_that_let_it_through() -> None:
    train, test = (Texts(["oil", "art"], ["a", "b"], groups=groups) for groups in ("xy", "zz"))

    assert (
        oddities(splits(train, test))
        .notes[0]
        .text.endswith(
            "scores on test are too good: "
            "remove these rows, or split without split.group, which keeps equal texts together"
        )
    )


def test_valid_rows_that_are_in_train_are_reported_apart() -> None:
    found = oddities(splits(column("oil", "art"), valid=column("oil")))

    assert (found.facts["leaked_valid_rows"], found.facts["leaked_test_rows"]) == (1, 0)
    assert found.notes[0].text.startswith("LEAK: 1 of 1 valid row is also in train, 1 exactly")


@pytest.mark.parametrize("planted", [0, 1, 50, 500])
def test_planted_leaks_are_all_found_and_no_other(planted: int) -> None:
    rng = random.Random(planted)
    train = [f"train {n} Word" for n in range(2000)]
    leaked = [rng.choice([text, text.upper(), f" {text}\t"]) for text in rng.sample(train, planted)]
    test = leaked + [f"test {n}" for n in range(1000)]
    rng.shuffle(test)

    assert oddities(splits(column(*train), column(*test))).facts["leaked_test_rows"] == planted


def test_blank_texts_are_no_leak() -> None:
    found = oddities(splits(column("", "art"), column("", "  ")))

    assert found.facts["leaked_test_rows"] == 0


def test_duplicates_in_train_are_counted_and_those_with_another_label_apart() -> None:
    train = column("oil", "art", "oil", "art", "art", "oil", labels="ababaa")

    found = oddities(splits(train))

    assert found.facts["duplicate_train_rows"] == 4
    assert found.facts["conflicting_train_rows"] == 1
    assert tuple(map(str, found.notes)) == (
        "4 train rows have the text of an earlier row (rows 3, 4, 5 and 1 more)",
        "1 train row has the text of an earlier row but another label than its first (row 5)",
    )


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("", "empty_texts"),
        (" \t\n\u3000", "empty_texts"),
        ("\u200b\ufeff\u2060", "empty_texts"),
        ("...", "punctuation_texts"),
        ("¿ ?!\u200b", "punctuation_texts"),
        ("AT&amp;T", "undecoded_texts"),
        ("Alan #39;s", "undecoded_texts"),
        ("second\\team", "undecoded_texts"),
    ],
)
def test_odd_texts_are_counted(text: str, fact: str) -> None:
    found = oddities(splits(column("oil", text)))

    assert {name: count for name, count in found.facts.items() if name.endswith("_texts") and count} == {
        fact: 1
    }
    assert len(found.notes) == 1


@pytest.mark.parametrize(
    "text", ["👩\u200d👩", "5", "Z\u0351\u036b", "$", "a; b #tag; c\\", "R&D; x", "שלום"]
)
def test_texts_with_content_are_not_odd(text: str) -> None:
    assert oddities(splits(column("oil", text))).notes == ()


def test_odd_texts_are_shown_with_their_part_and_row() -> None:
    found = oddities(splits(column("oil", "", "art"), column(" ", "fun"), column("war", "", "")))

    assert found.facts["empty_texts"] == 4
    assert tuple(map(str, found.notes)) == (
        "empty or blank texts: 4 (train row 2, valid row 2, valid row 3 and 1 more)",
    )


@pytest.mark.parametrize(
    ("labels", "listed"),
    [
        (["Sports", "sports"], "'Sports' and 'sports'"),
        (["a b", "ab"], "'a b' and 'ab'"),
        (["ab", "a\u200db"], "'ab' and 'a\\u200db'"),
        (["caf\u00e9", "cafe\u0301"], "'cafe\\u0301' and 'caf\\xe9'"),
        (["\u2764", "\u2764\ufe0f"], "'\\u2764' and '\\u2764\\ufe0f'"),
        (["low-carb", "low\u2010carb"], "'low-carb' and 'low\\u2010carb'"),
        (["no_pets", "no pets"], "'no pets' and 'no_pets'"),
        (["grade 1", "grade \u0661"], "'grade 1' and 'grade \\u0661'"),
    ],
)
def test_labels_that_look_alike_are_listed(labels: list[str], listed: str) -> None:
    found = oddities(splits(column("oil", "art", labels=labels)))

    assert tuple(map(str, found.notes)) == (
        f"labels that differ only in case, spaces, dashes, invisible characters or Unicode form: {listed}; "
        "make them one in the file if they mean the same",
    )
    assert found.facts["look_alike_labels"] == 1


@pytest.mark.parametrize("labels", [["-1", "1"], ["A-", "A"], ["v1_0", "v10"], ["C", "C++"], ["+", "-"]])
def test_labels_that_a_mark_tells_apart_do_not_look_alike(labels: list[str]) -> None:
    assert oddities(splits(column("oil", "art", labels=labels))).notes == ()


def test_labels_that_look_alike_are_found_across_parts() -> None:
    found = oddities(splits(column("oil", "art"), column("fun", labels="A")))

    assert found.facts["look_alike_labels"] == 1


def test_labels_that_train_lacks_are_named_and_counted() -> None:
    found = oddities(splits(column("oil", "art"), column("fun", "war", "sea", labels="axy")))

    assert found.facts["unseen_label_test_rows"] == 2
    assert tuple(map(str, found.notes)) == (
        "2 test rows have a label that train lacks, so they count as errors: 'x', 'y' (rows 2, 3)",
    )


def test_a_class_that_is_nearly_everything_is_the_score_to_beat() -> None:
    train = column(*(f"text {n}" for n in range(1000)), labels=["a"] * 999 + ["b"])

    found = oddities(splits(train))

    assert found.facts["majority_fraction"] == 0.999
    assert tuple(map(str, found.notes)) == (
        "99.9 % of train is 'a': always answering that is the score to beat",
    )


def test_more_than_a_thousand_classes_are_fine_and_worth_a_note() -> None:
    def train(classes: int) -> Texts:
        return Texts([f"text {n}" for n in range(2500)], [f"class {n % classes}" for n in range(2500)])

    found = oddities(splits(train(1001)))

    assert oddities(splits(train(1000))).notes == ()
    assert found.facts["classes"] == 1001
    assert tuple(map(str, found.notes)) == (
        "1,001 classes, with 2.5 train rows each on average: a model and predictions.csv grow with them; "
        "is the label column the right one?",
    )


def test_one_class_is_nothing_to_learn() -> None:
    with pytest.raises(DataError) as refusal:
        audited(splits(column("oil", "art", labels="a")))

    assert str(refusal.value) == (
        "a.csv: all rows of train have the label 'a': nothing to learn\n"
        "  add rows of another class, or set allow_constant = true"
    )


def test_one_class_passes_where_that_is_allowed() -> None:
    found = audited(replace(splits(column("oil", labels="a")), allow_constant=True))

    assert found.facts["classes"] == 1
    assert found.notes == ()


def test_no_rows_at_all_are_refused() -> None:
    with pytest.raises(DataError, match=r"a\.csv: no rows to train on\n  give train a file with rows"):
        audited(splits(NOTHING))


def test_a_strict_audit_refuses_a_leak() -> None:
    with pytest.raises(DataError) as refusal:
        audited(replace(splits(column("oil", "art"), column("oil")), strict=True))

    assert str(refusal.value) == (
        "a.csv: LEAK: 1 of 1 test row is also in train, 1 exactly and 0 but for case and spaces (row 1); "
        "scores on test are too good: remove these rows from one of the two\n"
        "  remove them, or set strict = false"
    )


def test_an_audit_adds_to_what_was_known() -> None:
    before = Splits(
        column("oil", "art", "oil"), NOTHING, NOTHING, "a", notes=(Note("first"),), facts={"pages": 3.0}
    )

    found = audited(before)

    assert found.notes[0] == Note("first")
    assert len(found.notes) == 2
    assert found.facts["pages"] == 3
    assert found.facts["duplicate_train_rows"] == 1


@given(st.lists(st.tuples(st.text(max_size=4), st.text(max_size=2)), max_size=10), st.data())
def test_any_texts_and_labels_can_be_audited(rows: list[tuple[str, str]], data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(rows)))
    train, test = (
        Texts([text for text, _ in part], [label for _, label in part]) for part in (rows[:cut], rows[cut:])
    )

    facts = oddities(splits(train, test)).facts

    assert 0 <= facts["leaked_test_rows"] <= len(test)
    assert facts["conflicting_train_rows"] <= facts["duplicate_train_rows"] <= len(train)


def test_one_row_is_told_in_the_singular() -> None:
    train = column("oil", "oil", "art", labels="aab")
    told = [note.text for note in oddities(splits(train, column("new", labels="x"))).notes]
    assert "1 train row has the text of an earlier row (row 2)" in told
    assert "1 test row has a label that train lacks, so it counts as an error: 'x' (row 1)" in told
