"""One classifier of a run: its ids and vocabulary, its training, and what it says of the texts."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, NamedTuple

from nlpkit.components.kinds import Sourced
from nlpkit.data.texts import Texts
from nlpkit.data.vectors.coverage import Coverage
from nlpkit.errors import ConfigError
from nlpkit.models.model import Model, ModelSettings
from nlpkit.models.written import require_writable
from nlpkit.runs.oddities import odd_tokens, oddities
from nlpkit.runs.together import training_together
from nlpkit.scoring.decisions import MULTI_LABEL, SINGLE_LABEL
from nlpkit.settings.given import given_function
from nlpkit.system.forking import cores
from nlpkit.system.stopping import held_back
from nlpkit.system.terminal import counted
from nlpkit.text.indexing import fitted, text_tokenizer
from nlpkit.text.oddities import Indexing, token_counts, unknown_fraction
from nlpkit.text.store.indexed import PARTS, indexed
from nlpkit.vocab import Gold, Labels

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.components.kinds import Tokenizer, Trainer
    from nlpkit.data.texts import SourceFile, Splits
    from nlpkit.experiment.value import Member
    from nlpkit.notes import Note
    from nlpkit.runs.checkpoints.place import Place
    from nlpkit.runs.checkpoints.store import Checkpoints
    from nlpkit.runs.told import Told
    from nlpkit.text.numbering import Numbered
    from nlpkit.training.progress import TrainingProgress
    from nlpkit.training.rows import Rows
    from nlpkit.training.state import TrainerState


@dataclass(frozen=True, eq=False)
class Trained:
    """A classifier after its training, and its logits of the validation and the test texts, float64 (R, C).

    `files` are what was read beside the texts; `facts` are numbers of texts and tokens. `tokens`, int64
    (R, 2), counts those of each test text, and the unknown ones.
    """

    model: Model
    valid: NDArray[np.float64]
    test: NDArray[np.float64]
    tokens: NDArray[np.int64]
    files: tuple[SourceFile, ...]
    facts: dict[str, float]


class Tokens(NamedTuple):
    """The tokens of all parts, and what has made them."""

    tokenizer: Tokenizer
    numbered: Numbered

    def joined(self) -> Tokens:
        """Those of texts for validation behind those for training."""
        return self._replace(numbered=self.numbered.joined())


def train(
    member: Member,
    splits: Splits,
    labels: Labels,
    seed: int,
    told: Told,
    *,
    kept: Place,
    known: Tokens | None = None,
) -> Trained:
    """Train one classifier, from the newest checkpoint on in the place where it is `kept`; `known` are tokens
    that are there.
    """
    from nlpkit.nn.finished import finish_training

    with told.stage("index", "tokenizing"):
        written = kept.folder is not None
        model, rows, files, tokens = _untrained(member, splits, labels, seed, told, known, kept=written)
        facts = _token_facts(rows)
    with told.stage("train", _training_on(splits, model)):
        epochs = _fit(member, model, rows, seed, told, kept.of("checkpoints").checkpoints(told.note))
        finish_training(model.classifier)
        valid = rows.pop("valid").logits(model.classifier, workers=cores())
    if member.refit and len(valid):
        told.say("training again, on the validation texts as well")
        rows.clear()
        known, tokens = tokens and tokens.joined(), None
        more = _for_epochs(member, epochs)
        again = train(
            more, _with_valid(splits), labels, seed, told.apart(), kept=kept.of("again"), known=known
        )
        return replace(again, valid=valid.astype("float64"), facts=facts)
    with told.stage("score", "scoring the test texts"):
        tokens_of_test = token_counts(rows["test"].ids)
        test = rows.pop("test").logits(model.classifier, workers=cores())
    return Trained(model, valid.astype("float64"), test.astype("float64"), tokens_of_test, files, facts)


def _fit(
    member: Member, model: Model, rows: dict[str, Rows], seed: int, told: Told, checkpoints: Checkpoints
) -> int:
    """Train the classifier, from its newest checkpoint on; the epoch that was best."""
    state, reports = checkpoints.latest()
    for report in reports:
        told.epoch(report)
    if state is not None:
        told.say(
            f"going on after epoch {state.epoch}{f', step {state.step:,} of the next' * bool(state.step)}"
        )

    def take() -> TrainerState:
        return training.state()

    def step(progress: TrainingProgress) -> None:
        told.step(progress)
        checkpoints.after_step(take, reports)

    fit = member.trainer.build(model.labels, seed, step)
    # popped: ids take memory for as long as they have a name
    sharing = training_together(model, member.trainer, seed, rows, state)
    with sharing, checkpoints.fitting(state):
        training = fit(model.classifier, rows.pop("train"), rows["valid"], state)
    with held_back():
        for report in training:
            told.epoch(report)
            reports.append(report)
            checkpoints.after_epoch(take, reports, last=report.epoch == report.epochs)
    return max((report.epoch for report in reports if report.best), default=0)


def _for_epochs(member: Member, epochs: int) -> Member:
    """The member, to be trained for so many epochs to the end."""
    known = {each.name for each in fields(member.trainer)}
    changes = {name: value for name, value in {"epochs": epochs, "patience": None}.items() if name in known}
    trainer = replace(member.trainer, **changes)  # the settings that it has
    return replace(member, trainer=trainer, refit=False)


def _with_valid(splits: Splits) -> Splits:
    """The texts with those for validation among those for training."""
    train, valid = splits.train, splits.valid
    return replace(
        splits,
        train=Texts(
            [*train.texts, *valid.texts],
            [*train.labels, *valid.labels],
            separator=train.separator,
            weights=[*train.weights, *(valid.weights or [1.0] * len(valid))] if train.weights else (),
        ),
        valid=Texts([], [], separator=train.separator),
    )


def _untrained(
    member: Member,
    splits: Splits,
    labels: Labels,
    seed: int,
    told: Told,
    known: Tokens | None,
    *,
    kept: bool,
) -> tuple[Model, dict[str, Rows], tuple[SourceFile, ...], Tokens | None]:
    """A model with fresh weights, the rows of each part, the files that were read for it, and its tokens
    where they are wanted once more.
    """
    from nlpkit.nn.modes import drawing
    from nlpkit.training.rows import Rows, weights_of

    require_weighted(member.trainer, splits.train)
    tokenizer = fitted(member.tokenizer, member.text, splits.train.texts)
    settings = ModelSettings.of(replace(member, tokenizer=tokenizer))
    settings = replace(settings, decision=MULTI_LABEL if splits.multi_label else SINGLE_LABEL)
    if kept:
        require_writable(settings)
    numbered = known.numbered if known and known.tokenizer == tokenizer else None
    del known
    ids, vocab, files, stored, numbered = indexed(
        tokenizer, member.text, member.vocab, splits, told.note, numbered=numbered, keep=member.refit
    )
    tokens = Tokens(tokenizer, numbered) if numbered else None
    if stored:
        told.say("taking the tokens that an earlier run left in the cache")
    collate = given_function(member.collator.build(vocab), member.collator)
    with drawing(seed):
        model = Model.untrained(settings, vocab, labels, splits.layout)
    gold = {part: known_gold(getattr(splits, part), labels) for part in PARTS}
    rows = {part: Rows(ids[part], gold[part], collate, model.decision) for part in PARTS}
    rows["train"] = replace(rows["train"], weights=weights_of(splits.train.weights))
    sourced = [module for module in model.classifier.modules() if isinstance(module, Sourced)]
    indexing = Indexing(text_tokenizer(tokenizer, member.text), vocab, member.vocab)
    told.note(*odd_tokens(splits, ids, indexing, written=kept), *oddities(member, ids, vocab))
    told.note(*(_in_train(note, rows) for module in sourced for note in module.notes))
    files = (*files, *(file for module in sourced for file in module.source_files))
    return model, rows, files, tokens


def require_weighted(trainer: Trainer, texts: Texts) -> None:
    """ConfigError where texts have weights, and the trainer does not heed them."""
    if texts.weights and not trainer.weighted:
        raise ConfigError(
            f"{type(trainer).__name__} counts all texts the same, and these have weights",
            location="trainer",
            hint="leave out the weights, or choose a trainer that heeds them, such as standard",
        )


def known_gold(texts: Texts, labels: Labels) -> Gold:
    """Class ids int64 (R,), or bool (R, C) of the labels that are known."""
    gold = texts.gold(labels)
    return gold[:, : len(labels)] if texts.separator else gold


def _in_train(note: Note, rows: dict[str, Rows]) -> Note:
    """With the share of the tokens to learn from, where it is about a share of the vocabulary."""
    return note.among("train", rows["train"].ids.values) if isinstance(note, Coverage) else note


def _training_on(splits: Splits, model: Model) -> str:
    texts = counted(len(splits.train), "text")
    classes = counted(len(model.labels), "class", "classes")
    others = f"{len(splits.valid):,} for validation, {len(splits.test):,} for test"
    return f"training on {texts} of {classes}; {others}"


def _token_facts(rows: dict[str, Rows]) -> dict[str, float]:
    """How many texts and tokens a part has, and what share of its tokens is unknown."""
    facts: dict[str, float] = {}
    for part, each in rows.items():
        facts[f"{part}_texts"], facts[f"{part}_tokens"] = len(each), len(each.ids.values)
        facts[f"{part}_unknown_fraction"] = round(unknown_fraction(each.ids), 6)
    return facts
