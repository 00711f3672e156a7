"""Explained texts as a page, as a piece of a notebook, and as marked words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

from nlpkit.report.cells import force

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_STRONGEST: Final = 8  # tokens with their numbers below a text
_SHARES: Final = (0.2, 0.45, 0.7)  # of the largest weight of a text, from which on a word is marked


class Explained(Protocol):
    """What is shown of an explanation."""

    @property
    def text(self) -> str: ...
    @property
    def label(self) -> str: ...
    @property
    def probability(self) -> float: ...
    @property
    def method(self) -> str: ...
    @property
    def weights(self) -> NDArray[np.float64]: ...
    @property
    def pieces(self) -> list[tuple[str, float | None]]: ...
    @property
    def elsewhere(self) -> list[tuple[str, float]]: ...

    def strongest(self, count: int) -> list[tuple[str, float]]: ...


def marked(found: Explained) -> Iterator[tuple[str, str]]:
    """The whole text in pieces, each with how strongly it is marked, as `force` says: by its share of the
    largest weight.
    """
    largest = float(abs(found.weights).max(initial=0.0))
    for piece, weight in found.pieces:
        yield piece, force(weight, [share * largest for share in _SHARES]) if largest else ""


def explained_html(found: Sequence[Explained], name: str) -> str:
    """One page without scripts and without anything from elsewhere, about the texts that the model `name`
    explains.
    """
    return _rendered("explained.html", found, name)


def explained_fragment(found: Sequence[Explained]) -> str:
    """What a notebook shows, with styles of its own in each element."""
    return _rendered("explained_fragment.html", found, "")


def _rendered(template: str, found: Sequence[Explained], name: str) -> str:
    from nlpkit.report.page import page

    texts: list[dict[str, Any]] = [
        {"of": each, "marked": list(marked(each)), "strongest": each.strongest(_STRONGEST)} for each in found
    ]
    return page(template, texts=texts, name=name)
