"""torchtext's word vectors as a file that `encoder.embedding.vectors` reads.

The text file in torchtext's cache folder is such a file already. What is here is for the rest: a Vectors
object, and the .pt file that torchtext leaves beside the text.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from nlpkit import DataError

if TYPE_CHECKING:
    from torch import Tensor


class OldVectors(Protocol):
    """What torchtext's Vectors, GloVe and FastText have: `vectors` float (V, E) and the row of each word."""

    @property
    def stoi(self) -> Mapping[str, int]: ...
    @property
    def vectors(self) -> Tensor: ...


def write_vectors(vectors: OldVectors | Path, path: Path) -> None:
    """Write torchtext's vectors as word2vec binary, bit for bit; neither needs torchtext.

    `vectors` is a Vectors object, or the .pt file of one in the cache folder.
    """
    rows, table = _read(vectors) if isinstance(vectors, Path) else (vectors.stoi, vectors.vectors)
    for word in rows:
        if not word or " " in word or word.startswith("\n"):
            raise DataError(f"the word {word!r} cannot stand in a vectors file", hint="remove it from stoi")
    numbers = table.detach().cpu().float().numpy().astype("<f4")
    with path.open("wb") as file:
        file.write(f"{len(rows)} {numbers.shape[1]}\n".encode())
        for word, row in rows.items():
            file.write(word.encode("utf-8", "surrogatepass") + b" " + numbers[row].tobytes() + b"\n")


def _read(path: Path) -> tuple[Mapping[str, int], Tensor]:
    """The words' rows and the vectors of a .pt file, of which nothing but plain data is unpickled."""
    import torch

    try:
        _, rows, table, _ = torch.load(path, map_location="cpu", weights_only=True)
        if not isinstance(rows, dict) or not isinstance(table, torch.Tensor):
            raise TypeError("it has no words and vectors")
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror or error}", location=str(path)) from None
    except Exception as error:  # what a file that is none raises has no limits
        reason = " ".join(str(error).split())[:200]
        raise DataError(
            f"this is not what torchtext's Vectors left in its cache: {reason}",
            hint="name the .pt file, or let nlpkit read the text file beside it",
            location=str(path),
        ) from None
    return rows, table
