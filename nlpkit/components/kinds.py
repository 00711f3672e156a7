"""The abstract settings of each kind of component, and what `build` of each kind gives.

A component is a frozen dataclass. Its fields are its settings: `bool int float str Path`, a `Literal`, a
tuple of these, `X | None`, or another dataclass of settings. Its docstring has one line `field: what it
is` for each of them, which `nlpkit components` prints. `build` is the only place that imports torch.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, Self, get_args, runtime_checkable

from nlpkit.scoring.metric import Metric as Metric
from nlpkit.settings.component import Component as Component
from nlpkit.settings.values import refuse, whole
from nlpkit.settings.walk import rebuilt
from nlpkit.training.kinds import Optimizer as Optimizer
from nlpkit.training.kinds import Schedule as Schedule

if TYPE_CHECKING:
    from torch import Tensor, nn

    from nlpkit.batch import Batch
    from nlpkit.data.texts import SourceFile, Splits
    from nlpkit.notes import Note
    from nlpkit.ragged import Ragged
    from nlpkit.scoring.losses import TextsLoss
    from nlpkit.training.passes import StepFunction
    from nlpkit.training.progress import TrainingProgress
    from nlpkit.training.state import Train
    from nlpkit.vocab import Labels, Vocab


Task = dict[str, Any]  # what JSON can hold
PoolingName = Literal["last", "mean", "max", "attention"]


@runtime_checkable
class Sourced(Protocol):
    """A module that says how it was built. A run takes this into its notes and its manifest."""

    notes: tuple[Note, ...]
    source_files: tuple[SourceFile, ...]


class Dataset(Component):
    """Texts and their labels. `build()` gives a function that reads them: `() -> Splits`."""

    kind = "dataset"

    @abstractmethod
    def build(self) -> Callable[[], Splits]: ...


class Tokenizer(Component):
    """Text to tokens. `build()` gives a pure, picklable function: `str -> list[str]`, perhaps empty."""

    kind = "tokenizer"

    def fitted(self, texts: Iterable[str]) -> Self:
        """The settings after learning from the training texts, which may be read several times: what was
        learned, such as subwords, is a setting that a model keeps. One that learns nothing is the same, but
        for the tokenizers it is made of.
        """
        return rebuilt(self, lambda part: part.fitted(texts) if isinstance(part, Tokenizer) else part)

    @abstractmethod
    def build(self) -> Callable[[str], list[str]]: ...


@dataclass(frozen=True)
class Collator(Component):
    """Rows of token ids to one batch layout. `build(vocab)` gives a function: `Ragged -> Batch`.

    max_tokens: the most tokens kept of a text; none keeps all
    keep: which tokens of a longer text are kept: its head, its tail, or half of both
    """

    kind = "collator"

    max_tokens: int | None = 512
    keep: Literal["head", "tail", "both"] = "head"

    def __post_init__(self) -> None:
        refuse(whole(1, 2**31 - 1, max_tokens=self.max_tokens))

    @property
    @abstractmethod
    def produces(self) -> type[Batch]:
        """The layout it gives."""

    @abstractmethod
    def build(self, vocab: Vocab) -> Callable[[Ragged], Batch]: ...


class Encoder(Component):
    """A batch to one vector a text. `build(vocab)` gives a module with `output_dim` whose
    `forward(batch)` returns float (B, output_dim).
    """

    kind = "encoder"
    exports: ClassVar[bool] = (
        False  # whether its module can be traced to ONNX, for any number of texts and tokens
    )

    @property
    @abstractmethod
    def accepts(self) -> type[Batch] | tuple[type[Batch], ...]:
        """The layout it reads, or several."""

    @abstractmethod
    def build(self, vocab: Vocab) -> nn.Module: ...


class Pooling(Component):
    """One vector of the vectors of a text's tokens. `build(size, backward_size)` gives a module with
    `output_dim` whose `forward(states, mask)` takes float (B, T, size) and bool (B, T), true where there is a
    token, and returns float (B, output_dim). Of the `size` features the last `backward_size` read a text from
    its end: there are none where an encoder has no directions.
    """

    kind = "pooling"
    plain = get_args(PoolingName)
    exports: ClassVar[bool] = (
        False  # whether its module can be traced to ONNX, for any number of texts and tokens
    )

    @abstractmethod
    def build(self, size: int, backward_size: int) -> nn.Module: ...


class Trainer(Component):
    """A way to fit a classifier. `build` gives a function: `(model, train, valid, state) -> Training`, which
    is iterated over for a report of each epoch, and asked for its state by whoever wants to go on from there.

    `multi_label` says that it also trains on labels bool (R, C), any number a text; `weighted`, that it heeds
    the `weights` of the rows, where there are any. Else both are refused. `incremental` says that training
    begins with the weights that the model has, so that it can go on with other texts; `distributed`, that it
    trains with `nlpkit.training`'s loop, so that several processes can share its work, as its `workers` do.
    """

    kind = "trainer"
    multi_label: ClassVar[bool] = False
    weighted: ClassVar[bool] = False
    incremental: ClassVar[bool] = False
    distributed: ClassVar[bool] = False

    @abstractmethod
    def build(
        self, labels: Labels, seed: int, progress: Callable[[TrainingProgress], None] | None = None
    ) -> Train: ...


class Loss(Component):
    """What training minimises. `build(class_weights)`, float32 (C,) or None, gives a function of logits,
    float32 (B, C), and labels, int64 (B,): the loss summed over the texts, each by the weight of its class.

    Override `build_multi_label` if it also has a meaning for labels bool (B, C), any number a text.
    """

    kind = "loss"

    @property
    def multi_label(self) -> bool:
        """Whether it has a meaning for any number of labels a text."""
        return type(self).build_multi_label is not Loss.build_multi_label

    def build_multi_label(self, class_weights: Tensor | None) -> TextsLoss:
        """The same of labels bool (B, C): summed over the texts, a mean over the labels. A weight is that of
        a label which a text has, beside 1 for one which it has not.
        """
        raise ValueError("this loss is for one label a text")

    @abstractmethod
    def build(self, class_weights: Tensor | None) -> TextsLoss: ...


class Step(Component):
    """Something around each pass of a batch. `build()` gives a function: `(go, batch, labels) -> Passed`,
    where `go(batch, labels)` runs what is inside it.

    `multi_label` says that labels may be bool (B, C) as well, any number a text; else that is refused.
    """

    kind = "step"
    multi_label: ClassVar[bool] = False

    @abstractmethod
    def build(self) -> StepFunction: ...


class Tracker(Component):
    """Who is told how a run goes, such as a store of experiments. `build()` gives an object with any of the
    hooks `nlpkit_run_started`, `nlpkit_epoch_ended` and `nlpkit_run_ended`, marked with `@hookimpl`.
    """

    kind = "tracker"

    @abstractmethod
    def build(self) -> object: ...


class Engine(Component):
    """Where the shards of a large prediction are worked on. `build()` gives a function of `work` and `tasks`
    that calls `work(task)` for each task, in any process of any machine, and yields what each call gives
    back, in any order.

    `work` is a function at the top of a module; tasks and what it gives back are dicts that JSON can hold. To
    work on a task twice does no harm, so an engine tries again whatever was lost with a process or a machine.
    What `work` raises is no fault of a machine, and is raised. Tasks have a text `called` for messages.
    """

    kind = "engine"

    @abstractmethod
    def build(self) -> RunTasks: ...


class RunTasks(Protocol):
    """What an engine builds. Tasks are taken as there is room for them; who closes it stops them."""

    def __call__(self, work: Callable[[Task], Task], tasks: Iterable[Task]) -> Generator[Task]: ...


KINDS: dict[str, type[Component]] = {
    cls.kind: cls
    for cls in (
        *(Dataset, Tokenizer, Collator, Encoder, Pooling),
        *(Trainer, Optimizer, Schedule, Loss, Step, Metric, Tracker, Engine),
    )
}
