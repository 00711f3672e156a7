"""What a run trains where nothing was chosen: a pool that suits the texts, and the time there is.

Seconds are those of one core of 2024, a rough guide: what is measured is in docs/better.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from nlpkit.components.collators import Offsetify, PadLength
from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import EmbeddingMean, Lstm
from nlpkit.components.linear import Linear, Tfidf
from nlpkit.components.losses import CrossEntropy
from nlpkit.components.tokenizers import Ngrams, Unicode
from nlpkit.components.trainers import Standard
from nlpkit.components.word_char_ngrams import WordCharNgrams
from nlpkit.experiment.value import Experiment, Member
from nlpkit.notes import Note
from nlpkit.system.forking import cores
from nlpkit.system.terminal import counted, listed
from nlpkit.text.settings import VocabConfig

if TYPE_CHECKING:
    from nlpkit.data.texts import Splits

FEW: Final = 50  # rows of a class, below which nothing is sure
SMALL: Final = 1000  # rows, below which a network learns next to nothing that the others do not
_SAMPLE: Final = 2000  # texts whose length is looked at
_START_SECONDS: Final = 6.0  # to import, read, score and write


@dataclass(frozen=True)
class Size:
    """How much there is to learn from: rows, characters of all of them and classes, and how many rows the
    rarest class has.
    """

    rows: int
    chars: int
    classes: int
    least: int

    @classmethod
    def of(cls, splits: Splits) -> Size:
        texts, counts = splits.train.texts, Counter(splits.train.labels)
        rows = len(texts) + len(splits.valid)
        sample = [texts[place] for place in range(0, len(texts), max(1, len(texts) // _SAMPLE))]
        mean = sum(map(len, sample)) / max(1, len(sample))
        return cls(rows, round(mean * rows), len(counts), min(counts.values(), default=0))


def planned(experiment: Experiment, splits: Splits, tell: Callable[[Note], None]) -> Experiment:
    """The experiment, with members that suit the texts where it has no classifier."""
    if experiment.classifiers:
        return experiment
    size = Size.of(splits)
    members = chosen(size, experiment)
    for note in _notes(size, members, experiment):
        tell(note)
    return replace(experiment, members=tuple(members), effort="balanced", time_limit=None)
