"""The linear model that a run is held against: words and pairs of words, trained on the same texts.

Axes: R rows, T tokens of all of them, P pairs of tokens, C classes.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from nlpkit.components.collators import Offsetify
from nlpkit.components.linear import FittedTrainer, Linear, Tfidf
from nlpkit.components.tokenizers import Character, Unicode
from nlpkit.experiment.plan import MOST_CLASSES, Size
from nlpkit.notes import Note
from nlpkit.runs.trained import known_gold
from nlpkit.scoring.baseline import Baseline
from nlpkit.scoring.decisions import MULTI_LABEL, SINGLE_LABEL
from nlpkit.scoring.multi_label import tuned_thresholds
from nlpkit.system.forking import can_fork, forked
from nlpkit.system.terminal import counted
from nlpkit.text.settings import TextConfig, VocabConfig
from nlpkit.text.store.indexed import indexed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from torch import Tensor

    from nlpkit.data.texts import Splits
    from nlpkit.experiment.value import Member
    from nlpkit.ragged import Ragged
    from nlpkit.runs.told import Told
    from nlpkit.runs.trained import Trained
    from nlpkit.vocab import Gold, Labels

    Ids = NDArray[np.int64]

MOST_CHARS: Final = 80_000_000  # of the training texts, and twice as many of more classes take as long
_FEW_CLASSES: Final = 4
_TOL: Final = 1e-2  # as accurate as 1e-4, and quicker
_KILLED: Final = "its process ended early, perhaps for lack of memory"


def baseline_of(
    members: Sequence[Member],
    names: Sequence[str],
    trained: Sequence[Trained],
    splits: Splits,
    labels: Labels,
    seed: int,
    told: Told,
) -> Baseline:
    """The linear member of a run, or else a model that is trained for it; what fails there is a note."""
    for member, name, each in zip(members, names, trained, strict=True):
        if isinstance(member.encoder, Tfidf) and isinstance(member.trainer, FittedTrainer):
            alone = len(members) == 1
            model = "a linear model itself" if alone else f"its member {name}"
            return Baseline(
                model, _labels(each.valid, each.test, known_gold(splits.valid, labels)), itself=alone
            )
    if not (splits.multi_label or len(labels) > 1) or len(labels) > MOST_CLASSES:
        return Baseline(left_out=f"there are {counted(len(labels), 'class', 'classes')}")
    with told.stage("baseline", "training a linear model to compare with (baseline = false: none)"):
        try:
            return _trained(splits, labels, seed, again=any(member.refit for member in members))
        except Exception as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            told.note(Note(f"there is no linear model to compare with: {reason}"))
            return Baseline(left_out=reason)


def _trained(splits: Splits, labels: Labels, seed: int, *, again: bool) -> Baseline:
    """A model on the training texts or, with `again`, on the validation texts as well."""
    import numpy as np

    size = Size.of(splits)
    words = Character() if size.spaceless else Unicode()
    ids = indexed(words, TextConfig(), VocabConfig(), splits, lambda *_: None)
    train, gold = ids.ids["train"], known_gold(splits.train, labels)
    valid = ids.ids["valid"], known_gold(splits.valid, labels)
    if again and not splits.multi_label:
        train, gold = _joined(train, valid[0]), np.append(gold, valid[1], axis=0)
    takes = size.chars * (_FEW_CLASSES + size.classes) // (2 * _FEW_CLASSES)
    chosen = _evenly(gold, -(-takes // MOST_CHARS))
    of = f" of {len(chosen):,} of the texts" if len(chosen) < len(gold) else ""
    work = partial(
        _fitted, train.take(chosen), gold[chosen], valid, ids.ids["test"], len(ids.vocab), labels, seed
    )
    kind = "characters" if size.spaceless else "words"
    return Baseline(f"linear, {kind} and pairs{of}", _apart(work))


def _labels(valid: NDArray[np.float64], test: NDArray[np.float64], gold: Gold) -> Gold:
    """What margins (R, C) of test texts say or, of any number of labels, those above the thresholds that are
    best on the validation texts, as those of a run are.
    """
    if gold.ndim == 1:
        return SINGLE_LABEL.labels(test)
    chances, checked = (MULTI_LABEL.probabilities(_tensor(each)).numpy() for each in (test, valid))
    return replace(MULTI_LABEL, thresholds=tuned_thresholds(checked, gold)).labels(chances)


def _tensor(margins: NDArray[np.float64]) -> Tensor:
    import torch

    return torch.from_numpy(margins)


def _evenly(gold: Gold, step: int) -> Ids:
    """Every so manieth row of each class, the first one included, in their order; none of other labels."""
    import numpy as np

    if gold.ndim > 1:
        return np.arange(0, len(gold), max(1, step))
    order = np.argsort(gold, kind="stable")
    first = np.searchsorted(gold[order], gold[order])  # of the class of each
    taken = np.sort(order[(np.arange(len(gold)) - first) % max(1, step) == 0])
    found: Ids = taken[gold[taken] >= 0]
    return found


def _apart(work: Callable[[], Gold]) -> Gold:
    """What some work finds, in a process of its own where one can be forked: should it be killed for lack of
    memory, this one goes on.
    """
    import numpy as np

    from nlpkit.training.devices import sees_a_gpu

    if not can_fork() or sees_a_gpu():
        return work()
    with tempfile.TemporaryFile() as file:
        with forked([partial(_tell, work, file)]) as (child,):
            child.finished()
        file.seek(0)
        told = json.loads(file.read() or "{}")
    if "found" not in told:
        raise RuntimeError(told.get("error", _KILLED))
    found: Gold = np.array(told["found"])
    return found


def _tell(work: Callable[[], Gold], file: BinaryIO) -> None:
    try:
        told: dict[str, Any] = {"found": work().tolist()}
    except Exception as error:
        told = {"error": str(error) or type(error).__name__}
    file.write(json.dumps(told).encode())
    file.flush()


def _fitted(
    train: Ragged,
    gold: Gold,
    valid: tuple[Ragged, Gold],
    test: Ragged,
    size: int,
    labels: Labels,
    seed: int,
) -> Gold:
    """The class ids (R,) of `test`, or labels bool (R, C), by a support vector machine on the TF-IDF of
    tokens and pairs.
    """
    import numpy as np
    import torch

    from nlpkit.nn.classifier import Classifier
    from nlpkit.nn.modes import drawing
    from nlpkit.nn.tfidf import TfidfEncoder
    from nlpkit.training.rows import Rows
    from nlpkit.vocab import Vocab

    known = _frequent(_pairs(train, size)[1])
    features, collate = size + len(known), Offsetify(max_tokens=None).build(Vocab([]))
    every = torch.ones(features - 2, dtype=torch.bool)
    with drawing(seed):
        model = Classifier(TfidfEncoder(features, 2, sublinear_tf=True, scaled=[every]), len(labels))
    decision = SINGLE_LABEL if gold.ndim == 1 else MULTI_LABEL
    rows = Rows(_with_pairs(train, known, size), gold, collate, decision)
    fit = Linear(tol=_TOL).build(labels, seed)
    for _ in fit(model, rows, Rows(test.take([]), gold[:0], collate, decision), None):
        pass

    def margins(ids: Ragged) -> NDArray[np.float64]:
        asked = Rows(_with_pairs(ids, known, size), np.zeros(len(ids), np.int64), collate)
        return asked.logits(model).astype("float64")

    if decision.multi_label:
        return _labels(margins(valid[0]), margins(test), valid[1])
    return SINGLE_LABEL.labels(margins(test))


def _pairs(ids: Ragged, size: int) -> tuple[Ids, Ids]:
    """The row of each pair of neighbours, int64 (P,), and a number for what it consists of, int64 (P,)."""
    import numpy as np

    rows = np.repeat(np.arange(len(ids)), ids.lengths)  # (T,)
    values = ids.values.astype(np.int64)
    inside = rows[1:] == rows[:-1]
    return rows[:-1][inside], (values[:-1] * size + values[1:])[inside]


def _frequent(numbers: Ids) -> Ids:
    """The pairs that occur twice or more, ascending."""
    import numpy as np

    found, counts = np.unique(numbers, return_counts=True)
    return found[counts > 1]


def _with_pairs(ids: Ragged, known: Ids, size: int) -> Ragged:
    """The tokens of each row, and behind them the ids of its known pairs, from `size` on."""
    import numpy as np

    from nlpkit.ragged import Ragged

    rows, numbers = _pairs(ids, size)
    places = np.searchsorted(known, numbers)
    there = places < len(known)
    there[there] = known[places[there]] == numbers[there]
    owners = np.concatenate([np.repeat(np.arange(len(ids)), ids.lengths), rows[there]])
    values = np.concatenate([ids.values, (size + places[there]).astype(np.int32)])
    offsets = np.concatenate([[0], np.cumsum(np.bincount(owners, minlength=len(ids)))])
    return Ragged(values[np.argsort(owners, kind="stable")], offsets)


def _joined(one: Ragged, other: Ragged) -> Ragged:
    import numpy as np

    from nlpkit.ragged import Ragged

    ends = other.offsets[1:] + one.offsets[-1]
    return Ragged(np.append(one.values, other.values), np.append(one.offsets, ends))
