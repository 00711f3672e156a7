"""Why a model gives a text a label: how much each word speaks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from typing import TYPE_CHECKING, Final, Literal, get_args

from nlpkit.system.terminal import cut

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Method = Literal["gradients", "leave-one-out"]
METHODS: Final[tuple[Method, ...]] = get_args(Method)
Span = tuple[int, int]
Pieces = list[tuple[str, float | None]]


@dataclass(frozen=True, eq=False)
class Explanation:
    """How much each token of a text speaks for a label (above 0) or against it: `weights`, float64 (tokens,),
    in nats of the log-odds of the label, whose `probability` is given.

    `spans` are start and end of each token in `text`, in their order and apart from each other; None, at the
    end, where a token stands in no single place, such as an n-gram of several words. By gradients the weights
    add up to the difference between the text and no words at all but for `gap`, which is None of
    leave-one-out.
    """

    text: str = field(repr=False)
    label: str
    probability: float
    method: Method
    tokens: tuple[str, ...] = field(repr=False)
    weights: NDArray[np.float64] = field(repr=False)
    spans: tuple[Span | None, ...] = field(repr=False)
    gap: float | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.weights.flags.writeable = False

    def __repr__(self) -> str:
        """The strongest words.

        >>> import numpy as np
        >>> Explanation("Oil fell", "Business", 0.9, "gradients", ("Oil", "fell"), np.array([2.0, 0.5]),
        ...             ((0, 3), (4, 8)), 0.0)
        <Explanation: Business 0.9000 by gradients: Oil +2.00, fell +0.50>
        """
        strongest = ", ".join(f"{cut(token, 24)} {weight:+.2f}" for token, weight in self.strongest(5))
        return f"<Explanation: {self.label} {self.probability:.4f} by {self.method}: {strongest}>"

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        from nlpkit.report.explained import explained_fragment

        return explained_fragment([self])

    def strongest(self, count: int) -> list[tuple[str, float]]:
        """The tokens of the largest weights, for or against, the largest first."""
        order = (-abs(self.weights)).argsort(kind="stable")[:count].tolist()
        return [(self.tokens[place], float(self.weights[place])) for place in order]

    @property
    def incomplete(self) -> bool:
        """Whether the weights miss what they should add up to by more than 1 % of it, and more than 0.01."""
        if self.gap is None:
            return False
        return abs(self.gap) > 0.01 * max(1.0, abs(self.gap + float(self.weights.sum())))

    @property
    def pieces(self) -> Pieces:
        """The whole text in pieces, each with the weight of its token; None for what is no token."""
        return pieces_of(self.text, self.spans, self.weights.tolist())

    @property
    def elsewhere(self) -> list[tuple[str, float]]:
        """The tokens that stand in no single place, with their weights."""
        pairs = zip(self.tokens, self.weights.tolist(), self.spans, strict=True)
        return [(token, weight) for token, weight, span in pairs if span is None]


def pieces_of(text: str, spans: Sequence[Span | None], weights: Sequence[float]) -> Pieces:
    """A text in pieces at the edges of some spans, each with the weight of its span, or None."""
    known = {span: weight for span, weight in zip(spans, weights, strict=True) if span is not None}
    edges = sorted({0, len(text), *chain.from_iterable(known)})
    return [(text[start:end], known.get((start, end))) for start, end in pairwise(edges)]
