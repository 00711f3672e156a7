"""Invented news headlines in four classes: the corpus that needs no download.

A text is a title, a space and a description, about 25 to 50 words and punctuation marks. There are two
kinds of rows, and `is_order` says which is which:

- a *topic* row is about its class: its people, verbs, things and occasions come mostly from the words of
  the class, some from words that all classes share, and a few from another class;
- an *order* row names one person of each of the four classes, and its class is that of the one who acts:
  "Norvik coach Falk outvotes mayor Ito, broker Adler and chemist Moreno" is Sports. What stands between
  spaces is the same for all four classes, only in another order, so a bag of words knows nothing: whatever
  is learned from it, it is right for one order row in four. The order is local ("by coach" rather than
  "and coach"), so word bigrams are enough to tell the classes apart, and no long memory is asked for.

A row depends on the seed, its part and its place among the rows of its kind; the first rows of a larger
corpus are the rows of a smaller one, on every platform and every version of Python.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import permutations
from pathlib import Path
from random import Random
from typing import TypeVar

from nlpkit.data.texts import Splits, Texts

T = TypeVar("T")
Random01 = Callable[[], float]  # the one method of random.Random that no version of Python may change


def _separated(table: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    return {name: tuple(map(str.strip, text.split(","))) for name, text in table.items()}


_TABLES = tomllib.loads(Path(__file__).with_name("headlines.toml").read_text(encoding="utf-8"))
_TOPICS = {label: _separated(table) for label, table in _TABLES["topics"].items()}
_SHARED, _WORDS = _separated(_TABLES["shared"]), _separated(_TABLES["any"])

LABELS = tuple(_TOPICS)
NONE = ""  # the topic of a row that is about none of them


def headlines(
    *,
    train_size: int,
    valid_size: int,
    test_size: int,
    order_fraction: float,
    multi_label: bool = False,
    seed: int,
) -> Splits:
    """Invented rows; `order_fraction` is the share whose class only the order of the words tells. With
    `multi_label`, each row is of any number of classes, as `row_of_several` writes them.
    """
    sizes = {"train": train_size, "valid": valid_size, "test": test_size}
    if multi_label:
        train, valid, test = (_part_of_several(f"{seed}/{name}", size) for name, size in sizes.items())
        return Splits(train, valid, test, source="headlines")
    train, valid, test = (_part(f"{seed}/{name}", size, order_fraction) for name, size in sizes.items())
    return Splits(train, valid, test, source="headlines")


def _part(name: str, size: int, order_fraction: float) -> Texts:
    topic_random, order_random = Random(f"{name}/topic").random, Random(f"{name}/order").random
    topic_labels, order_labels = _balanced(topic_random), _balanced(order_random)
    texts, labels = [], []
    for place in range(size):
        ordered = is_order(place, order_fraction)
        label = next(order_labels if ordered else topic_labels)
        labels.append(label)
        texts.append(order_row(order_random, label) if ordered else topic_row(topic_random, label))
    return Texts(texts=texts, labels=labels)


def _part_of_several(name: str, size: int) -> Texts:
    random = Random(f"{name}/several").random
    sets = [_several(random) for _ in range(size)]
    return Texts.of_sets([row_of_several(random, labels) for labels in sets], sets)


def _several(random: Random01) -> list[str]:
    """No class in one row of ten, one in five, two in three, and three in one."""
    count = _pick(random, (0, 1, 1, 1, 1, 1, 2, 2, 2, 3))
    order = _pick(random, tuple(permutations(LABELS)))
    return sorted(order[:count])


def row_of_several(random: Random01, labels: Sequence[str]) -> str:
    """A text with a topic row for each of some labels, in any order; of none, one of words that all share."""
    rows = [topic_row(random, label) for label in labels or [NONE]]
    return " ".join(_pick(random, tuple(permutations(rows))))


def is_order(place: int, order_fraction: float) -> bool:
    """Whether the row at a place of its part, from 0, is an order row: these are spread evenly, not drawn."""
    return int((place + 1) * order_fraction) > int(place * order_fraction)


def _balanced(random: Random01) -> Iterator[str]:
    """Labels without end: in each four of them every class comes once, in any order."""
    orders = tuple(permutations(LABELS))
    while True:
        yield from _pick(random, orders)


def _pick(random: Random01, values: Sequence[T]) -> T:
    return values[int(random() * len(values))]


def topic_row(random: Random01, label: str) -> str:
    """A text about `label`: of 30 picks, 23 are words of the class, 4 are shared and 3 another class's."""

    def word(kind: str) -> str:
        return _pick(random, _pick(random, _MIXES[label])[kind])

    name, other_name, *_ = _names(random)
    present, past = word("verbs").split()
    template = f"{_pick(random, _TOPIC_TITLES)} {_pick(random, _TOPIC_STORIES)}"
    text = template.format(
        A=f"{word('roles')} {name}",
        B=f"{word('roles')} {other_name}",
        does=present,
        did=past,
        did2=word("verbs").split()[1],
        adjective=word("adjectives"),
        noun=word("nouns"),
        noun2=word("nouns"),
        setting=word("settings"),
        setting2=word("settings"),
        **_surroundings(random),
    )
    return text[0].upper() + text[1:]


def order_row(random: Random01, label: str) -> str:
    """A text where one of four people acts on the others, and `label` is the class of that one.

    From the same state of `random` the four labels give the same words in four orders. No role stands
    beside a punctuation mark or begins a sentence, where it would be spelled in another way.
    """
    roles = [_pick(random, topic["roles"]) for topic in _TOPICS.values()]
    actor = roles.pop(LABELS.index(label))
    names = _names(random)
    others = [f"{roles[i]} {name}" for i, name in zip(_pick(random, _ORDERS), names[1:], strict=True)]
    b, c, d = _pick(random, _ORDERS)
    does, did = _pick(random, _WORDS["contest_verbs"]).split()
    template = f"{_pick(random, _ORDER_TITLES)} {_pick(random, _ORDER_STORIES)}"
    return template.format(
        *others,
        A=f"{actor} {names[0]}",
        B=others[b],
        C=others[c],
        D=others[d],
        does=does,
        did=did,
        contest=_pick(random, _WORDS["contests"]),
        **_surroundings(random),
    )


def _names(random: Random01) -> list[str]:
    """Four different surnames."""
    ring = _WORDS["surnames"]
    step, first = 1 + int(random() * (len(ring) - 1)), int(random() * len(ring))
    return [ring[(first + i * step) % len(ring)] for i in range(4)]


def _surroundings(random: Random01) -> dict[str, str]:
    place = _pick(random, _WORDS["places"])
    return {
        "place": place,
        "PLACE": place.upper(),
        "agency": _pick(random, _WORDS["agencies"]),
        "day": _pick(random, _WORDS["days"]),
        "n": str(2 + int(random() * 40)),
        "period": _pick(random, _WORDS["periods"]),
        "source": _pick(random, _WORDS["sources"]),
    }


_ORDERS = tuple(permutations(range(3)))
_MIXES = {label: (topic,) * 22 + (_SHARED,) * 4 + tuple(_TOPICS.values()) for label, topic in _TOPICS.items()}
_MIXES[NONE] = (_SHARED,)
_TOPIC_TITLES = (
    "{place} {A} {does} {adjective} {noun} {setting}",
    "{A} {does} {noun} {setting} ({agency})",
    "{adjective} {noun} {did} by {A} {setting}",
    "{noun} {did} in {place} {setting}, {A} says",
)
_TOPIC_STORIES = (
    "{agency} - On {day} {A} {did2} the {adjective} {noun2} {setting2}, {source}.",
    "{PLACE} ({agency}) - The {noun2} was {did2} by {B} on {day} {setting2}, but {A} had no comment.",
    "{PLACE} - The {adjective} {noun} that {A} {did} {n} {period} ago is to be {did2} {setting2}, {source}.",
    "{agency} - There was no {noun2} for {A} on {day} {setting2}, {n} {period} after {B} {did2} the first.",
)
# {0}, {1} and {2} are the same three people as {B}, {C} and {D}, in another order.
_ORDER_TITLES = (
    "{place} {A} {does} {0}, {1} and {2} {contest}",
    "{place} {0}, {1} and {2} {did} by {A} {contest}",
)
_ORDER_STORIES = (
    "{agency} - On {day} {B}, {C} and {D} were {did} by {A}, {source}.",
    "{PLACE} ({agency}) - All three of them, {B}, {C} and {D}, were {did} on {day} by {A}.",
    "{PLACE} - Few had expected that {B}, {C} and {D} would be {did} by {A} in {n} {period}.",
    "{PLACE} ({agency}) - It took {n} {period}, but {B}, {C} and {D} have been {did} by {A}, {source}.",
    "{agency} - On {day} it was {A} who {did} {B}, {C} and {D}, {source}.",
)
