"""A run of several processes that torchrun has started: the first one does all there is to a run, and the
others train with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nlpkit.components.kinds import Trainer
from nlpkit.errors import ConfigError, LostError
from nlpkit.models.model import Model, ModelSettings
from nlpkit.plugins.loading import load_plugins
from nlpkit.settings.checks import Settings
from nlpkit.system.launched import launched
from nlpkit.system.sealed import from_json, to_json
from nlpkit.system.terminal import listed
from nlpkit.vocab import Labels, Vocab

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nlpkit.experiment.value import Experiment, Member
    from nlpkit.plugins.catalogue import Classes
    from nlpkit.system.launched import Launch
    from nlpkit.training.rows import Rows
    from nlpkit.training.state import TrainerState
    from nlpkit.training.world import World

_led: ContextVar[World | None] = ContextVar("led", default=None)


@dataclass(frozen=True)
class Work(Settings):
    """What the processes train: the settings of the model, how it is fitted, and the seed."""

    model: ModelSettings
    trainer: Trainer
    seed: int


@contextmanager
def together(*, classes: Classes = ()) -> Iterator[bool]:
    """Around the runs of a script that torchrun starts in several processes, on one machine or many: whether
    this is the first one, which is to do them. The others train with it, which they have done once they get
    a False. Without torchrun there is one process, and it is the first.

        with nlpkit.together() as first:
            if first:
                result = nlpkit.run(experiment, "runs/many")

    As many forked workers (`trainer.workers`) give the same bits. `classes` are components of the script that
    no plugin registers. LostError where another process is gone; where one fails, its error is raised in the
    first one, and says which it was.
    """
    launch = launched()
    if launch is None or launch.size == 1:
        yield True
    elif launch.rank:
        _follow(launch, classes)
        yield False
    else:
        with _leading(launch):
            yield True


@contextmanager
def _leading(launch: Launch) -> Iterator[None]:
    """Inside, in the first process, all of them train."""
    from nlpkit.training.world import meeting

    with meeting(launch) as world:
        token = _led.set(world)
        try:
            yield
            world.told()  # it is over
        except BaseException as error:
            if not isinstance(error, LostError):
                world.leave()
            raise
        finally:
            _led.reset(token)


def _follow(launch: Launch, classes: Classes) -> None:
    """In every other process, train with the first one until its runs are over. What ends this one is said
    there.
    """
    from nlpkit.training.world import LeftError, meeting

    with meeting(launch) as world:
        try:
            while said := world.told():
                _train(world, said, classes)
        except LeftError:
            raise SystemExit(1) from None
        except LostError:
            raise
        except Exception as error:
            world.fail(error)
            raise


def processes() -> int:
    """How many processes train together here."""
    return world.size if (world := _led.get()) else 1


def shared(experiment: Experiment) -> Experiment:
    """The experiment as it is trained by the processes that there are: each is a worker."""
    if (count := processes()) == 1:
        return experiment

    def with_workers(trainer: Trainer) -> Any:
        return replace(trainer, workers=count) if trainer.distributed else trainer  # type: ignore[call-arg]

    if experiment.encoder is not None:
        return replace(experiment, trainer=with_workers(experiment.trainer))
    members = [replace(each, trainer=with_workers(each.trainer)) for each in experiment.members]
    return replace(experiment, members=tuple(members))


def shared_by(members: Sequence[Member], names: Sequence[str]) -> str:
    """Which members are trained by how many processes, in words; empty where there is one process."""
    if (count := processes()) == 1:
        return ""
    alone = [name for name, each in zip(names, members, strict=True) if not each.trainer.distributed]
    beside = f"; the first one trains {listed(alone)} alone" if alone else ""
    return f"{count} processes train together{beside}"


@contextmanager
def training_together(
    model: Model, trainer: Trainer, seed: int, rows: dict[str, Rows], state: TrainerState | None
) -> Iterator[None]:
    """Inside, a training that begins is shared by all processes, if there are several."""
    world = _led.get()
    if world is None or not trainer.distributed:
        yield
        return
    from nlpkit.training.team import joining

    _hand_out(world, model, Work(model.settings.begun(), trainer, seed), rows, state)
    with joining(world):
        yield


def _hand_out(
    world: World, model: Model, work: Work, rows: dict[str, Rows], state: TrainerState | None
) -> None:
    """Give the others what they train: `_train` takes it in the same order. Weights come with each epoch."""
    from nlpkit.runs.checkpoints.state import to_files
    from nlpkit.settings.tables import to_table

    arrays = _arrays_of(rows)
    vocab = model.vocab
    about = {
        "work": to_table(work, load_plugins()),
        "vocab": {"tokens": vocab.tokens, "specials": vocab.specials, "buckets": vocab.buckets},
        "labels": model.labels.names,
        "arrays": {name: [str(each.dtype), list(each.shape)] for name, each in arrays.items()},
        "tensors": _shapes_in(model),
    }
    world.told(to_json(about))
    world.same_arrays(arrays.values())
    for content in (b"", b"") if state is None else to_files(state, []).values():
        world.told(content)


def _train(world: World, said: bytes, classes: Classes) -> None:
    """Train what the first process gives out, until it has ended."""
    import numpy as np

    from nlpkit.nn.modes import drawing, plain_modes
    from nlpkit.runs.checkpoints.state import from_files
    from nlpkit.settings.tables import from_table
    from nlpkit.training.team import joining

    about = from_json(said)
    work: Work = from_table(Work, about["work"], load_plugins().given(classes))
    vocab, labels = Vocab(**about["vocab"]), Labels(about["labels"])
    with plain_modes(), drawing(work.seed):
        model = Model.untrained(work.model, vocab, labels)
    if _shapes_in(model) != about["tensors"]:
        raise ConfigError("the encoder is built otherwise here than in the first process", location="encoder")
    arrays = {name: np.empty(shape, dtype) for name, (dtype, shape) in about["arrays"].items()}
    world.same_arrays(arrays.values())
    rest, tensors = world.told(), world.told()
    state = from_files(rest, tensors)[0] if rest else None
    fit = work.trainer.build(labels, work.seed, _unheard)
    train, valid = (_rows_of(part, arrays, model) for part in ("train", "valid"))
    with joining(world):
        for _ in fit(model.classifier, train, valid, state):
            pass


def _unheard(progress: object) -> None: ...


def _arrays_of(rows: dict[str, Rows]) -> dict[str, NDArray[Any]]:
    """What the texts for training and validation are as numbers."""
    import numpy as np

    found: dict[str, NDArray[Any] | None] = {}
    for part in ("train", "valid"):
        each = rows[part]
        parts = (each.ids.values, each.ids.offsets, each.labels, each.weights)
        found.update(zip(_names_of(part), parts, strict=True))
    return {name: np.ascontiguousarray(array) for name, array in found.items() if array is not None}


def _names_of(part: str) -> list[str]:
    return [f"{part}.{name}" for name in ("ids", "offsets", "labels", "weights")]


def _rows_of(part: str, arrays: dict[str, NDArray[Any]], model: Model) -> Rows:
    from nlpkit.ragged import Ragged
    from nlpkit.training.rows import Rows

    values, offsets, labels, weights = map(arrays.get, _names_of(part))
    if values is None or offsets is None or labels is None:
        raise ValueError(f"there are no numbers of {part}")
    return Rows(Ragged(values, offsets), labels, model.collate, model.decision, weights)


def _shapes_in(model: Model) -> list[Any]:
    from nlpkit.training.distributed import everything_in

    return [[str(each.dtype), list(each.shape)] for each in everything_in(model.classifier)]
