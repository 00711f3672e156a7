"""Which texts are nearly the same: by the Jaccard similarity of their runs of three words.

Exact, not by sketches: two sets that are similar enough share one of the rarest of each (prefix filtering;
Bayardo, Ma and Srikant, 2007, "Scaling up All Pairs Similarity Search"; Xiao et al., 2008, "Efficient
Similarity Joins for Near Duplicate Detection"). Most texts have so many runs of their own that they are like
no other, and are left out before any two are compared.

Axes: R texts, M members of all their sets, G groups of texts of the same set, E edges between groups.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nlpkit.data.auditing.words import Numbers, Places, Words, distinct, mixed

LISTED: Final = 0.7  # a text of 20 words of which one is another has 0.71
RUN: Final = 3  # words; of a shorter text all of it
MOST_COMPARED: Final = 64  # of the texts that have a run in common, for each
_MOST_CANDIDATES: Final = 1_000_000
_AT_ONCE: Final = 50_000


class Postings(NamedTuple):
    """Which text has which run of words: `members` and `texts` int64 (M,), by run and then by text."""

    members: Places
    texts: Places


@dataclass(frozen=True, eq=False)
class Near:
    """Texts that are near another one: `text` and `other` int64 (P,), places among all texts, with their
    `similarity` float64 (P,). `bounded` says that some were compared with `MOST_COMPARED` others alone.
    """

    text: Places
    other: Places
    similarity: NDArray[np.float64]
    bounded: bool = False

    def __len__(self) -> int:
        return len(self.text)


def near_texts(words: Words, parts: Places) -> Near:
    """For each text the one most like it among those before it in its own part, and among those of each part
    before: `parts` is int64 (R,), not descending. Of equals the first. A text without words is like none.
    """
    found = distinct(*_shingles(words))
    postings = Postings(found.ids[found.once], found.texts[found.once])
    sizes = np.bincount(postings.texts, minlength=len(words))
    groups = _groups(postings, sizes)
    firsts = _firsts(groups, parts, sizes > 0)
    edges, bounded = _edges(postings, sizes, np.unique(groups[sizes > 0]))
    nearest = [
        _of_parts(groups, parts, firsts, edges, own, other) for own in range(3) for other in range(own + 1)
    ]
    text, others, similarity = (np.concatenate(each) for each in zip(*nearest, strict=True))
    order = np.lexsort((others, text))
    return Near(text[order], others[order], similarity[order], bounded)


def _shingles(words: Words) -> tuple[Numbers, Places]:
    """A number for each run of words, which a text that is shorter than one is itself, and their texts."""
    rows = words.rows
    left = np.repeat(words.offsets[1:], words.counts) - np.arange(len(words.numbers))  # of the text from here
    begins = (left >= RUN) | (left == np.repeat(words.counts, words.counts))
    numbers = np.zeros(len(words.numbers), np.uint64)
    with np.errstate(over="ignore"):
        for place in range(RUN):
            ahead = np.append(words.numbers[place:], np.zeros(place, np.uint64))[: len(numbers)]
            numbers = mixed(numbers) + np.where(left > place, ahead, np.uint64(0))
    return numbers[begins], rows[begins]


def _groups(postings: Postings, sizes: Places) -> Places:
    """For each text the first one with the same set; int64 (R,)."""
    with np.errstate(over="ignore"):
        marks = np.zeros(len(sizes), np.uint64)
        np.add.at(marks, postings.texts, mixed(postings.members.astype(np.uint64)))
        marks = mixed(marks + sizes.astype(np.uint64))
    _, firsts, inverse = np.unique(marks, return_index=True, return_inverse=True)
    found: Places = firsts[inverse]
    return found


def _firsts(groups: Places, parts: Places, worded: NDArray[np.bool_]) -> Places:
    """The first text of each group in each part, int64 (R, 3), at the place of the group; -1 for none."""
    firsts = np.full((len(groups), 3), -1, np.int64)
    backwards = np.flatnonzero(worded)[::-1]
    firsts[groups[backwards], parts[backwards]] = backwards
    return firsts


class Edges(NamedTuple):
    """Groups that are near each other, in both directions: int64 (E,), and float64 (E,)."""

    one: Places
    two: Places
    similarity: NDArray[np.float64]


def _edges(postings: Postings, sizes: Places, kept: Places) -> tuple[Edges, bool]:
    """Which of the groups `kept` are near each other, each told by its first text."""
    postings = _alike(_of_texts(postings, kept, len(sizes)), sizes)
    one, two, bounded = _candidates(_prefixes(postings, sizes), sizes)
    similarity = _jaccard(postings, sizes, one, two)
    near = similarity >= LISTED - 1e-9
    one, two, similarity = one[near], two[near], similarity[near]
    both = Edges(np.append(one, two), np.append(two, one), np.append(similarity, similarity))
    return both, bounded


def _of_texts(postings: Postings, texts: Places, count: int) -> Postings:
    wanted = np.zeros(count, bool)
    wanted[texts] = True
    here = wanted[postings.texts]
    return Postings(postings.members[here], postings.texts[here])


def _alike(postings: Postings, sizes: Places) -> Postings:
    """The members that several texts have, of the texts that have enough of these to be like another."""
    while True:
        frequent = np.bincount(postings.members, minlength=1)[postings.members] > 1
        shared = Postings(postings.members[frequent], postings.texts[frequent])
        enough = np.bincount(shared.texts, minlength=len(sizes)) >= _least(sizes)
        here = enough[shared.texts]
        if len(shared.members) == len(postings.members) and here.all():
            return postings
        postings = Postings(shared.members[here], shared.texts[here])


def _least(sizes: Places) -> Places:
    """How many members of a set of some size another one must have to be near it."""
    least: Places = np.maximum(1, np.ceil(sizes * LISTED - 1e-9)).astype(np.int64)
    return least


def _prefixes(postings: Postings, sizes: Places) -> Postings:
    """Of each text the rarest members, as many as that a text near it has one of them as well."""
    if not len(postings.members):
        return postings
    frequency = np.bincount(postings.members)[postings.members]
    order = np.lexsort((postings.members, frequency, postings.texts))
    members, texts = postings.members[order], postings.texts[order]
    shared = np.bincount(texts, minlength=len(sizes))
    begins = np.concatenate([[0], shared.cumsum()[:-1]])
    rank = np.arange(len(texts)) - begins[texts]
    wanted = (shared - _least(sizes) + 1)[texts]  # those of its own are rarer still
    members, texts = members[rank < wanted], texts[rank < wanted]
    order = np.lexsort((texts, sizes[texts], members))
    return Postings(members[order], texts[order])


def _candidates(prefixes: Postings, sizes: Places) -> tuple[Places, Places, bool]:
    """Pairs of texts that have a rare member in common and are of similar size, each pair once."""
    members, texts = prefixes
    most = max(4, min(MOST_COMPARED, _MOST_CANDIDATES // max(1, len(texts))))
    found = [np.empty(0, np.int64)]
    for step in range(1, most + 1):
        near = members[step:] == members[:-step]
        if not near.any():
            break
        one, two = texts[:-step][near], texts[step:][near]
        fits = sizes[one] >= LISTED * sizes[two] - 1e-9  # by size, the second one is the larger
        low, high = np.minimum(one, two)[fits], np.maximum(one, two)[fits]
        found.append(np.unique(low * len(sizes) + high))
    pairs = np.unique(np.concatenate(found))
    bounded = bool((members[most + 1 :] == members[: -most - 1]).any())
    return pairs // max(1, len(sizes)), pairs % max(1, len(sizes)), bounded


def _jaccard(postings: Postings, sizes: Places, one: Places, two: Places) -> NDArray[np.float64]:
    """The similarity of each pair of texts: what both have, of what one of them has."""
    from scipy.sparse import csr_matrix  # type: ignore[import-untyped]

    if not len(one):
        return np.empty(0)
    rows, at = np.unique(postings.texts, return_inverse=True)
    ones = np.ones(len(at), np.float32)
    sets = csr_matrix((ones, (at, postings.members)), shape=(len(rows), int(postings.members.max()) + 1))
    places = np.searchsorted(rows, one), np.searchsorted(rows, two)
    shared = np.empty(len(one))
    for start in range(0, len(one), _AT_ONCE):
        first, second = (sets[each[start : start + _AT_ONCE]] for each in places)
        shared[start : start + _AT_ONCE] = first.multiply(second).sum(axis=1).ravel()
    found: NDArray[np.float64] = shared / (sizes[one] + sizes[two] - shared)
    return found


def _of_parts(
    groups: Places, parts: Places, firsts: Places, edges: Edges, own: int, other: int
) -> tuple[Places, Places, NDArray[np.float64]]:
    """The texts of one part that are near one of another part, or of those before in the same, and which."""
    target, similarity = _nearest(groups, firsts, edges, own, other)
    same = firsts[:, other] if own != other else np.full(len(groups), -1, np.int64)
    target, similarity = np.where(same >= 0, same, target), np.where(same >= 0, 1.0, similarity)
    texts = np.flatnonzero((parts == own) & (firsts[groups, own] >= 0))
    mine, alike = target[groups[texts]], similarity[groups[texts]]
    if own == other:
        first = firsts[groups[texts], own]
        mine, alike = np.where(first < texts, first, mine), np.where(first < texts, 1.0, alike)
    near = mine >= 0
    return texts[near], mine[near], alike[near]


def _nearest(
    groups: Places, firsts: Places, edges: Edges, own: int, other: int
) -> tuple[Places, NDArray[np.float64]]:
    """For each group the text of the most similar group in a part; -1 where there is none."""
    target, similarity = np.full(len(groups), -1, np.int64), np.zeros(len(groups))
    there = firsts[edges.two, other]
    fits = there >= 0
    if own == other:
        fits &= there < firsts[edges.one, own]
    one, there, alike = edges.one[fits], there[fits], edges.similarity[fits]
    order = np.lexsort((-there, alike))  # the best one is written last
    target[one[order]], similarity[one[order]] = there[order], alike[order]
    return target, similarity
