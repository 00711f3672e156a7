"""What a run trains where nothing was chosen: a pool that suits the texts, and the time there is.

Seconds are those of one core of the machine that `pace` compares with.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Final

from nlpkit.components.collators import Offsetify, PadLength
from nlpkit.components.embedding import Embedding
from nlpkit.components.encoders import EmbeddingMean, Lstm
from nlpkit.components.kinds import Tokenizer
from nlpkit.components.linear import Linear, Tfidf
from nlpkit.components.tokenizers import Character, Ngrams, Unicode
from nlpkit.components.trainers import Standard
from nlpkit.components.word_char_ngrams import WordCharNgrams
from nlpkit.experiment.pace import SAME, Pace
from nlpkit.experiment.value import Effort, Experiment, Member
from nlpkit.notes import Note
from nlpkit.plugins.loading import load_plugins
from nlpkit.system.forking import cores
from nlpkit.system.terminal import counted
from nlpkit.text.oddities import WHOLE_SENTENCES, uncut_share
from nlpkit.text.settings import VocabConfig

if TYPE_CHECKING:
    from nlpkit.data.texts import Splits

FEW: Final = 50  # rows of a class, below which nothing is sure
SMALL: Final = 1000  # rows, below which the weights of several members are luck
MANY: Final = 8000  # rows, from which large batches take steps enough
LARGE_BATCH: Final = 512  # where the kernel of nlpkit.nn.lstm is the faster one
FEW_CLASSES: Final = 10
MOST_CLASSES: Final = 200  # of a linear model, which has a weight for each feature and class
MOST_CHARS: Final = 100_000_000  # of texts whose characters are counted as well: 2 GB of memory
_SAMPLE: Final = 2000  # texts whose length is looked at
_SURE: Final = 0.85  # of a time limit: some runs take longer than is estimated
_EQUAL: Final = 1.1  # times the seconds of the quickest, which is as quick
_START: Final = 3.0  # seconds to import what is needed, and to read a small file
_END: Final = 5.0  # seconds to start, to score, to write and to go
_NETWORK: Final = {True: (2.4e-6, 1.2e-4), False: (7.5e-7, 0.0)}  # seconds an epoch of a character, of a text
_BAG: Final = {True: (1.5e-7, 2.5e-5), False: (1.5e-7, 8e-6)}


@dataclass(frozen=True)
class Size:
    """How much there is to learn from: rows, characters of all of them, classes, and the rows of the rarest
    class; `spaceless` where words have no spaces between them, as in Chinese. `test_chars` are to be scored.
    """

    rows: int
    chars: int
    classes: int
    least: int
    spaceless: bool = False
    test_chars: int = 0

    @property
    def scoring(self) -> float:
        """Seconds to tokenize all texts, and to score those that are not learned from."""
        return 6e-7 * (self.chars + self.test_chars)

    def pass_of(self, seconds: tuple[float, float]) -> float:
        """Seconds of an epoch, from those of a character and of a text."""
        return self.chars * seconds[0] + self.rows * seconds[1]

    @classmethod
    def of(cls, splits: Splits) -> Size:
        texts, counts = splits.train.texts, Counter(splits.train.names)
        rows = len(texts) + len(splits.valid)
        sample = [texts[place] for place in range(0, len(texts), max(1, len(texts) // _SAMPLE))]
        mean = sum(map(len, sample)) / max(1, len(sample))
        spaceless = uncut_share(sample, Unicode().build()) > WHOLE_SENTENCES
        least, test = min(counts.values(), default=0), round(mean * len(splits.test))
        return cls(rows, round(mean * rows), len(counts), least, spaceless, test)


def planned(
    experiment: Experiment,
    splits: Splits,
    tell: Callable[[Note], None],
    *,
    written: str = "experiment.toml",
    since: float | None = None,
) -> Experiment:
    """The experiment, with members that suit the texts where it has no classifier; `written` is the file that
    they will be in, and `since` when all of it began, by `time.perf_counter`.
    """
    if experiment.classifiers:
        return experiment
    size = Size.of(splits)
    pace = Pace.measured()
    spent = _START if since is None else perf_counter() - since
    plan_for = partial(plan_of, size, pace=pace, spent=spent, seeds=experiment.seeds)
    plan = plan_for(experiment.effort, experiment.time_limit)
    for note in _notes(size, plan, experiment, plan_for, written):
        tell(note)
    return replace(experiment, members=plan.members, effort="balanced", time_limit=None)


@dataclass(frozen=True)
class Plan:
    """Members, the seconds of one core that each may take with one of the seeds, and those of what is around
    them.
    """

    members: tuple[Member, ...]
    seconds: tuple[float, ...]
    around: float = 0.0
    seeds: int = 1

    @property
    def wall_seconds(self) -> float:
        """What all of them take on the cores of this machine, each of which has its share of them."""
        seconds = self.seconds * self.seeds
        processes = min(cores(), len(seconds))
        return self.around + max(sum(seconds[rank::processes]) for rank in range(processes))


@dataclass(frozen=True)
class _Level:
    """How much to train: a network or none, its epochs, and whether all members are trained again."""

    characters: bool = True
    epochs: int = 0
    refit: bool = False


_LEVELS: Final = (
    _Level(characters=False),
    _Level(),
    _Level(epochs=3),
    _Level(epochs=6),
    _Level(epochs=6, refit=True),
    _Level(epochs=10, refit=True),
)
_KNOWN_AS: Final = {"tfidf": "a linear model", "embedding_mean": "a bag of words"}
_EFFORTS: Final[dict[Effort, int]] = {"quick": 1, "balanced": 3, "best": 5}


def plan_of(
    size: Size,
    effort: Effort,
    time_limit: float | None = None,
    *,
    pace: Pace = SAME,
    spent: float = _START,
    seeds: int = 1,
) -> Plan:
    """What to train on texts of that size, with each of the seeds: the most that the effort, or the time,
    allows, of which some seconds are `spent`.
    """
    if time_limit is None:
        return replace(_plan(size, _LEVELS[_EFFORTS[effort]], pace, spent), seeds=seeds)
    plans = [replace(_plan(size, level, pace, spent), seeds=seeds) for level in _LEVELS]
    least = min(plan.wall_seconds for plan in plans)
    limit = max(time_limit * _SURE, least * _EQUAL)  # of plans that take as long, the one that trains most
    return [plan for plan in plans if plan.wall_seconds <= limit][-1]


def _plan(size: Size, level: _Level, pace: Pace, spent: float) -> Plan:
    """The members of a level: the network first, whose epochs take longest and are shown as they go by."""
    few, again = size.rows < MANY, 1.9 if level.refit else 1.0
    words = Character() if size.spaceless else Unicode()
    found = []
    if level.epochs and (size.rows >= SMALL or level.refit):
        epochs = max(1, level.epochs // (1 + size.rows // 50_000))
        member = network(words, epochs, 64 if few else LARGE_BATCH, refit=level.refit)
        found.append((member, pace.steps * (again * epochs * size.pass_of(_NETWORK[few]) + size.scoring)))
    separable = 2 <= size.classes <= MOST_CLASSES
    if separable:
        characters = level.characters and size.chars * size.classes <= MOST_CHARS * FEW_CLASSES
        member = linear(characters=characters, spaceless=size.spaceless)
        takes = 3.3e-6 * (size.chars + size.test_chars) + 1.4e-6 * size.classes * size.chars
        found.append((member, pace.text * (takes if characters else takes / 4)))
    if not separable or size.rows >= SMALL or size.spaceless or level.refit:
        passes = 10 if few else 8
        averaged = bag(words, passes, 128 if few else 1024, refit=level.refit)
        found.append((averaged, pace.steps * (again * passes * size.pass_of(_BAG[few]) + size.scoring)))
    members, seconds = zip(*found, strict=True)
    return Plan(members, seconds, spent + _END * pace.text)


def _notes(
    size: Size, plan: Plan, experiment: Experiment, plan_for: Callable[[Effort], Plan], written: str
) -> Iterator[Note]:
    """What was chosen, what it takes, and what to expect of few texts."""
    registry = load_plugins().registry
    names = [registry.entry_of(type(member.encoder)).name for member in plan.members]
    names = [f"{name} ({_KNOWN_AS[name]})" if name in _KNOWN_AS else name for name in names]
    asked = f'effort = "{experiment.effort}"'
    if experiment.time_limit is not None:
        asked = f"time_limit = {experiment.time_limit:g}"
    of = f"{counted(size.rows, 'text')} of {counted(size.classes, 'class', 'classes')}"
    pool = f"a pool of {', '.join(names[:-1])} and {names[-1]}" if names[1:] else names[0]
    yield Note(f"chose {pool} for {of} ({asked}); {written} has all of its settings")
    on = f"on {counted(cores(), 'core')}"
    yield Note(f"this takes about {plan.wall_seconds:.0f} s {on}{_ways(experiment, plan, plan_for)}")
    if experiment.time_limit is not None and plan.wall_seconds > experiment.time_limit:
        yield Note(f"nothing fits in {experiment.time_limit:g} s, and this is the quickest (time_limit)")
    if size.least < FEW:
        yield Note(
            f"a class has only {counted(size.least, 'text')}; with fewer than {FEW} of each, scores move by "
            f"several points with the texts that happen to be drawn: more texts help more than any setting"
        )


def _ways(experiment: Experiment, plan: Plan, plan_for: Callable[[Effort], Plan]) -> str:
    """How to take less time, or more."""
    if experiment.time_limit is not None:
        return ""
    ways = []
    for effort in _EFFORTS:
        if effort != experiment.effort:
            other = plan_for(effort)
            takes = "is the same" if other.members == plan.members else f"takes {other.wall_seconds:.0f}"
            ways.append(f'effort = "{effort}" {takes}')
    return f"; {', '.join(ways)}"


def linear(*, characters: bool = True, spaceless: bool = False) -> Member:
    """Words, pairs of words and characters, in a support vector machine. In a script without spaces words
    are of one character to three.
    """
    few, most = (1, 3) if spaceless else (3, 5)
    return Member(
        encoder=Tfidf(sublinear_tf=True, norm="l2_apart"),
        tokenizer=WordCharNgrams(char_ngrams=(few, most) if characters else None, pattern=r"\w+|[^\w\s]"),
        vocab=VocabConfig(min_count=2),
        collator=Offsetify(max_tokens=None),
        trainer=Linear(C=0.5),
        refit=True,
    )


def bag(words: Tokenizer, epochs: int = 10, batch_size: int = 128, *, refit: bool = False) -> Member:
    """Words and pairs of words, averaged (Joulin et al., 2016, "Bag of tricks")."""
    return Member(
        encoder=EmbeddingMean(embedding=Embedding(dropout=0.8)),
        tokenizer=Ngrams(tokenizer=words, max_n=2),
        vocab=VocabConfig(min_count=2),
        collator=Offsetify(max_tokens=None),
        trainer=Standard(
            batch_size=batch_size,
            epochs=epochs,
            learning_rate=0.2 if batch_size < LARGE_BATCH else 0.5,
            optimizer="adagrad",
            monitor="log_loss",
        ),
        refit=refit,
    )


def network(words: Tokenizer, epochs: int = 6, batch_size: int = 64, *, refit: bool = False) -> Member:
    """An LSTM over words that know how they are spelt. In large batches one direction is as good as two."""
    return Member(
        encoder=Lstm(
            hidden_size=32,
            bidirectional=batch_size < LARGE_BATCH,
            embedding=Embedding(word_dropout=0.5, char_ngrams=(3, 5)),
        ),
        tokenizer=words,
        vocab=VocabConfig(min_count=2),
        collator=PadLength(),
        trainer=Standard(batch_size=batch_size, epochs=epochs, min_steps=150, learning_rate=1e-2),
        refit=refit,
    )
