"""Two models on the same texts: how far apart they are, how large and how fast."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Any, Final, Protocol

from nlpkit.errors import GateError
from nlpkit.system.terminal import counted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from nlpkit.models.text_model import TextModel

TOLERANCE: Final = 1e-5  # of a probability: float32 sums in another order differ by 1e-7 to 1e-6
GENERATED: Final = 500
_TIMED_ALONE: Final = 50
_TIMED_TOGETHER: Final = 1000


class Answering(Protocol):
    """A model on trial."""

    def probabilities(self, texts: Sequence[str], /) -> NDArray[np.float64]: ...

    def named(self, probabilities: NDArray[np.float64], /) -> list[Any]: ...


@dataclass(frozen=True)
class Measured:
    """One form of a model. Difference and labels changed are from the first form; `accuracy` is the share of
    texts with exactly their labels, None where these are not known.
    """

    name: str
    megabytes: float
    latency_ms: float
    texts_per_second: float
    accuracy: float | None
    changed: int
    difference: float

    def require(
        self,
        rows: int,
        *,
        tolerance: float | None,
        max_changed: float,
        way: str = "choose a higher precision",
    ) -> None:
        """GateError where it is too far from the first form on so many rows; `way` is one to get nearer."""
        import math

        if not math.isfinite(self.difference) or (tolerance is not None and self.difference > tolerance):
            raise GateError(
                f"{self.name} gives a probability that differs by {self.difference:.2g} from the model's, "
                f"and {tolerance or 1:g} is allowed",
                hint="nothing was written",
            )
        if self.changed > max_changed * rows:
            raise GateError(
                f"{self.name} changes the labels of {self.changed:,} of {counted(rows, 'text')}, and "
                f"{max_changed:.2%} may change",
                hint=f"nothing was written; allow more with --max-changed, or {way}",
            )


def measured(
    forms: Mapping[str, tuple[Answering, int]], texts: Sequence[str], gold: Sequence[Any] | None
) -> list[Measured]:
    """Each form with its size in bytes, on the same texts. They take turns: a busy machine slows all."""
    import numpy as np

    rows = max(1, len(texts))
    found = {name: form.probabilities(texts) for name, (form, _) in forms.items()}
    alone = _seconds(forms, [[text] for text in texts[:_TIMED_ALONE]])
    together = _seconds(forms, [texts[:_TIMED_TOGETHER]] * 3)
    first = next(iter(forms))
    labels = {name: form.named(found[name]) for name, (form, _) in forms.items()}
    table = []
    for name, (_, size) in forms.items():
        changed = sum(one != other for one, other in zip(labels[first], labels[name], strict=True))
        right = None
        if gold is not None:
            right = sum(one == other for one, other in zip(labels[name], gold, strict=True)) / rows
        apart = float(np.abs(found[name] - found[first]).max(initial=0))
        speed = min(rows, _TIMED_TOGETHER) / together[name]
        table.append(Measured(name, size / 1e6, alone[name] * 1e3, speed, right, changed, apart))
    return table


def _seconds(forms: Mapping[str, tuple[Answering, int]], pieces: list[Sequence[str]]) -> dict[str, float]:
    """The median seconds of a piece."""
    taken: dict[str, list[float]] = {name: [] for name in forms}
    for piece in pieces:
        for name, (form, _) in forms.items():
            started = time.perf_counter()
            form.probabilities(piece)
            taken[name].append(time.perf_counter() - started)
    return {name: median(each) for name, each in taken.items()}


def generated(model: TextModel, count: int = GENERATED) -> list[str]:
    """Texts of the model's own tokens and of others, of no token to hundreds, for where no real ones are
    given.
    """
    draw = random.Random(0)
    words = [token.split(":", 1)[-1] for part in model.parts for token in part.vocab.tokens[:20_000]]
    known: Callable[[], str] = lambda: draw.choice(words or ["word"])  # noqa: E731
    return ["", " ", "?", "\ud83d", *_texts(draw, known, count - 4)]


def _texts(draw: random.Random, known: Callable[[], str], count: int) -> Iterator[str]:
    for place in range(count):
        length = 1 + place % 40 if place % 10 else draw.randint(1, 700)
        yield " ".join("zqxj" if draw.random() < 0.1 else known() for _ in range(length))
