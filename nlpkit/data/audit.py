"""What is odd about a dataset: leaks, duplicates, empty texts, labels that look alike or are new.

Any dataset's splits go through `audited` once; a second time changes nothing.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from nlpkit.data.notes import SHOWN, first
from nlpkit.data.texts import Splits, Texts
from nlpkit.errors import DataError

# A class with so much of train that always answering it is hard to beat.
_MAJORITY = 0.9

_AUDITED = "leaked_test_rows"  # the fact that every audit leaves
_WORD = re.compile(r"\w")
_ENTITY = re.compile(r"&(?:[A-Za-z]{2,8}|#\d{1,6}|#x[0-9A-Fa-f]{1,6});|(?<![\w&])#\d{2,6};")
_BREAK = re.compile(r"\\[A-Za-z]")


@dataclass(frozen=True)
class Audit:
    """Sentences for people, and the same as numbers for metrics and the manifest."""

    warnings: tuple[str, ...] = ()
    facts: dict[str, float] = field(default_factory=dict)


def audited(splits: Splits, *, strict: bool = False, allow_constant: bool = False) -> Splits:
    """The splits with what the audit says; refused where there is nothing to learn.

    `strict` also refuses test rows that are in train; `allow_constant` lets one class pass.
    """
    if _AUDITED in splits.facts:
        return splits
    if not len(splits.train):
        raise DataError("no rows to train on", hint="give train a file with rows", location=splits.source)
    result = audit(splits)
    if result.facts["classes"] < 2 and not allow_constant:
        raise DataError(
            f"all rows of train have the label {splits.train.labels[0]!r}: nothing to learn",
            hint="add rows of another class, or set allow_constant = true",
            location=splits.source,
        )
    if strict and result.facts["leaked_test_rows"]:
        raise DataError(
            result.warnings[0],
            hint="remove these rows from one of the two, or set strict = false",
            location=splits.source,
        )
    return replace(splits, warnings=splits.warnings + result.warnings, facts={**splits.facts, **result.facts})


def audit(splits: Splits) -> Audit:
    """Look at all texts and labels, in time and memory that grow with their number.

    Where test rows are in train, the first warning says so and `facts["leaked_test_rows"]` counts them.
    About splits that `audited` has been through there is nothing left to say.
    """
    if _AUDITED in splits.facts:
        return Audit()
    parts = {"train": splits.train, "valid": splits.valid, "test": splits.test}
    audits = (
        _leaks(splits),
        _repeats(splits.train),
        _odd_texts(parts),
        _balance(splits.train),
        _look_alikes(parts.values()),
        _new_labels(parts),
    )
    return Audit(
        tuple(sentence for each in audits for sentence in each.warnings),
        {name: value for each in audits for name, value in each.facts.items()},
    )


def normal_form(text: str) -> str:
    """What two texts have in common that differ in case and in spaces only.

    >>> normal_form(" Oil  UP ") == normal_form("oil up")
    True
    """
    return " ".join(text.casefold().split())


def _digest(text: str) -> bytes:
    """16 bytes for a normal form, and none for a text of spaces: blank texts are alike and no leak."""
    normal = normal_form(text)
    return hashlib.blake2b(normal.encode("utf-8", "replace"), digest_size=16).digest() if normal else b""


def _leaks(splits: Splits) -> Audit:
    parts = {"test": splits.test, "valid": splits.valid}
    if not any(map(len, parts.values())):
        return Audit(facts={"leaked_test_rows": 0, "leaked_valid_rows": 0})
    exact = set(splits.train.texts)
    digests = set(map(_digest, splits.train.texts)) - {b""}
    warnings: list[str] = []
    facts: dict[str, float] = {}
    for name, part in parts.items():
        leaked = [index for index, text in enumerate(part.texts) if _digest(text) in digests]
        facts[f"leaked_{name}_rows"] = len(leaked)
        if leaked:
            same = sum(part.texts[index] in exact for index in leaked)
            rows = first("row", [part.rows[index] for index in leaked[:SHOWN]], len(leaked))
            warnings.append(
                f"LEAK: {len(leaked):,} of {len(part):,} {name} rows are also in train, {same:,} exactly and "
                f"{len(leaked) - same:,} but for case and spaces ({rows}); scores on {name} are too good"
            )
    return Audit(tuple(warnings), facts)


def _repeats(train: Texts) -> Audit:
    """Rows of train whose text came before, and those whose text came before with another label."""
    first_label: dict[str, str] = {}
    repeated: list[int] = []
    conflicting: list[int] = []
    for text, label, row in zip(train.texts, train.labels, train.rows, strict=True):
        earlier = first_label.get(text)
        if earlier is None:
            first_label[text] = label
            continue
        repeated.append(row)
        if earlier != label:
            conflicting.append(row)
    warnings = [
        f"{len(rows):,} train rows have the text of an earlier row{what} ({first('row', rows, len(rows))})"
        for rows, what in ((repeated, ""), (conflicting, " but another label than its first"))
        if rows
    ]
    return Audit(
        tuple(warnings),
        {"duplicate_train_rows": len(repeated), "conflicting_train_rows": len(conflicting)},
    )


def _odd_texts(parts: Mapping[str, Texts]) -> Audit:
    places: dict[str, list[str]] = {kind: [] for kind in _ODD}
    counts = dict.fromkeys(_ODD, 0)
    for name, part in parts.items():
        for text, row in zip(part.texts, part.rows, strict=True):
            if kind := _oddness(text):
                counts[kind] += 1
                if len(places[kind]) < SHOWN:
                    places[kind].append(f"{name} row {row}")
    warnings = tuple(
        f"{count:,} {_ODD[kind]} ({', '.join(places[kind])}{_more(count)})"
        for kind, count in counts.items()
        if count
    )
    return Audit(warnings, dict(counts))


_ODD = {
    "empty_texts": "texts are empty or blank",
    "punctuation_texts": "texts are punctuation only",
    "undecoded_texts": "texts have entities or breaks that nobody decoded, such as &lt; or \\n",
}


def _oddness(text: str) -> str:
    if not _WORD.search(text):
        return _wordless(text)
    undecoded = ("\\" in text and _BREAK.search(text)) or (";" in text and _ENTITY.search(text))
    return "undecoded_texts" if undecoded else ""


def _wordless(text: str) -> str:
    """What a text without a letter or digit is; nothing for symbols such as emoji, which are content."""
    seen = {unicodedata.category(char)[0] for char in set(text) if not char.isspace()} - {"C", "Z"}
    if not seen:
        return "empty_texts"
    return "punctuation_texts" if seen <= {"P", "M"} else ""


def _balance(train: Texts) -> Audit:
    counts = Counter(train.labels)
    label, most = counts.most_common(1)[0] if counts else ("", 0)
    fraction = most / len(train) if counts else 0.0
    facts: dict[str, float] = {"classes": len(counts), "majority_fraction": fraction}
    if fraction < _MAJORITY or len(counts) < 2:
        return Audit(facts=facts)
    sentence = f"{100 * fraction:.4g} % of train is {label!r}: always answering that is the score to beat"
    return Audit((sentence,), facts)


def _look_alikes(parts: Iterable[Texts]) -> Audit:
    """Label names that differ only in case, in spaces or in how Unicode writes them."""
    alike: dict[str, list[str]] = defaultdict(list)
    for label in sorted({label for part in parts for label in set(part.labels)}):
        alike["".join(unicodedata.normalize("NFKC", label).casefold().split())].append(label)
    pairs = [names for names in alike.values() if len(names) > 1]
    listed = "; ".join(" and ".join(map(ascii, names)) for names in pairs[:SHOWN])
    warnings = (
        (f"labels that differ only in case, spaces or Unicode form: {listed}{_more(len(pairs))}",)
        if pairs
        else ()
    )
    return Audit(warnings, {"look_alike_labels": len(pairs)})


def _new_labels(parts: Mapping[str, Texts]) -> Audit:
    known = set(parts["train"].labels)
    warnings: list[str] = []
    facts: dict[str, float] = {}
    for name in ("valid", "test"):
        part = parts[name]
        rows = [row for row, label in zip(part.rows, part.labels, strict=True) if label not in known]
        facts[f"unseen_label_{name}_rows"] = len(rows)
        if rows:
            names = sorted(set(part.labels) - known)
            warnings.append(
                f"{len(rows):,} {name} rows have a label that train lacks, so they count as errors: "
                f"{_listed(names)} ({first('row', rows, len(rows))})"
            )
    return Audit(tuple(warnings), facts)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:SHOWN])) + _more(len(names))


def _more(count: int) -> str:
    return f" and {count - SHOWN:,} more" if count > SHOWN else ""
