"""Training on several cores: processes that each take a share of every batch.

The processes are forked at the start of an epoch and end with it, so that they begin with everything as it
is. Each has its own copy of the network and takes the same steps; embedding tables and their moments are in
memory that all share, and each process moves its own share of the rows. The same seed and the same number of
workers give the same bits; another number sums gradients in another order, and drops out other numbers.

Axes: W workers, P numbers of one exchange, U distinct ids, V rows of a table, E size of a vector.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from nlpkit.errors import ConfigError, LostError
from nlpkit.nn.lookups import RowGradients
from nlpkit.nn.memory import shared, to_shared
from nlpkit.nn.modes import one_thread
from nlpkit.system.forking import can_fork, forked
from nlpkit.training.team import Share, T, added, in_order, share_of

_TEXT_BYTES: Final = 1 << 16


class ForkedTeam:
    """Two workers or more, which exchange `numbers` of the network and rows of `tables`, each (V, E)."""

    def __init__(self, size: int, numbers: int, tables: Sequence[Tensor]) -> None:
        if not can_fork():
            raise ConfigError("no process can be forked from here", hint="set trainer.workers = 1")
        self.size = size
        self.rank = 0
        self._line = _Line()
        self._numbers = shared(torch.float32, size, numbers)
        self._totals = shared(torch.float64, size, 8)
        self._counts = shared(torch.int64, size, len(tables))
        self._ids = [shared(torch.int64, size, len(table)) for table in tables]  # pages are had when used
        self._rows = [shared(torch.float32, size, *table.shape) for table in tables]
        self._texts = shared(torch.uint8, 2, size, _TEXT_BYTES)  # of the last time, and of the time before
        self._times = 0

    def together(self, work: Callable[[], T]) -> T:
        """What the work gives in the first worker, which is this process, while the others do it as well.

        ConfigError where one of them ends early: the first one cannot go on alone.
        """
        with one_thread(), ExitStack() as stack:
            lines = [_Line.pair() for _ in range(1, self.size)]
            others = [partial(self._work_as, rank, lines, work) for rank in range(1, self.size)]
            children = stack.enter_context(forked(others))
            for _, far in lines:
                far.close()
            self._others = [near for near, _ in lines]
            for near in self._others:
                stack.callback(near.close)
            result = work()
            ended = [child.finished() for child in children]
            if not all(ended):
                raise _lost()
            return result

    def _work_as(self, rank: int, lines: list[tuple[_Line, _Line]], work: Callable[[], T]) -> None:
        self.rank = rank
        self._line = lines[rank - 1][1]
        for near, far in lines:
            near.close()
            if far is not self._line:
                far.close()
        work()

    def share_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """This worker's rows of a batch: every W-th, as neighbours are of similar length."""
        return rows[self.rank :: self.size]

    def meet(self) -> None:
        """Go on when all workers have come here."""
        if self.rank:
            self._line.say()
            self._line.hear()
        else:
            for line in self._others:
                line.hear()
            for line in self._others:
                line.say()

    def leave(self, text: Callable[[], str]) -> None:
        self._times += 1
        written = f"{text()}\n".encode()
        place = self._texts[self._times % 2, self.rank]
        place[: len(written)] = torch.frombuffer(bytearray(written), dtype=torch.uint8)

    def left(self) -> list[str]:
        places = self._texts[self._times % 2].numpy()
        return [place.tobytes().partition(b"\n")[0].decode() for place in places]

    def summed(self, numbers: Tensor, rows: Sequence[RowGradients]) -> tuple[Tensor, list[Share]]:
        """The sum of all workers' `numbers` (P,), and of their rows of each table those that this one moves.

        What the caller does until the next `meet` must not call this again.
        """
        self._numbers[self.rank, : len(numbers)] = numbers
        for table, (ids, gradient) in enumerate(rows):
            self._counts[self.rank, table] = len(ids)
            self._ids[table][self.rank, : len(ids)] = ids
            self._rows[table][self.rank, : len(ids)] = gradient
        self.meet()
        mine = [share_of(self._given(table), self.rank, self.size) for table in range(len(rows))]
        return in_order(list(self._numbers[:, : len(numbers)])), [mine]

    def total(self, numbers: Sequence[float]) -> float:
        [found] = self.totals(numbers)
        return found

    def totals(self, numbers: Sequence[float]) -> list[float]:
        """The sums of up to 8 numbers over all workers, in float64."""
        self._totals[self.rank, : len(numbers)] = torch.tensor(numbers, dtype=torch.float64)
        self.meet()
        found: list[float] = in_order(list(self._totals[:, : len(numbers)])).tolist()
        return found

    def scores(self, of_first: Callable[[], dict[str, float]]) -> dict[str, float]:
        return of_first()  # the others have ended

    def totals_by_name(self, numbers: Mapping[str, float]) -> dict[str, float]:
        if self.rank:
            self._line.tell(json.dumps(dict(numbers)))
            return dict(numbers)
        return added(numbers, *(json.loads(line.told()) for line in self._others))

    def held(self, tensor: Tensor) -> Tensor:
        return to_shared(tensor)

    def released(self, tensor: Tensor) -> Tensor:
        return tensor.clone()

    def _given(self, table: int) -> list[RowGradients]:
        """What each worker has of a table."""
        ids, rows = self._ids[table], self._rows[table]
        counts = enumerate(self._counts[:, table].tolist())
        return [RowGradients(ids[worker, :count], rows[worker, :count]) for worker, count in counts]


class _Line:
    """One end of a pair of pipes to another worker."""

    def __init__(self, reads: int = -1, writes: int = -1) -> None:
        self._reads = reads
        self._writes = writes

    @classmethod
    def pair(cls) -> tuple[_Line, _Line]:
        """Both ends."""
        one, other = os.pipe(), os.pipe()
        return cls(one[0], other[1]), cls(other[0], one[1])

    def say(self) -> None:
        """Let the other end go on."""
        self._write(b".")

    def hear(self) -> None:
        """Wait for the other end."""
        self._read(1)

    def tell(self, text: str) -> None:
        """Give the other end a text."""
        message = text.encode()
        self._write(len(message).to_bytes(8, "big") + message)

    def told(self) -> str:
        """The text that the other end gives."""
        return self._read(int.from_bytes(self._read(8), "big")).decode()

    def _write(self, message: bytes) -> None:
        try:
            while message:
                message = message[os.write(self._writes, message) :]
        except BrokenPipeError:
            raise _lost() from None

    def _read(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            piece = os.read(self._reads, size - len(found))
            if not piece:
                raise _lost()
            found += piece
        return found

    def close(self) -> None:
        os.close(self._reads)
        os.close(self._writes)


def _lost() -> LostError:
    return LostError(
        "a worker process ended in the middle of an epoch",
        location="trainer.workers",
        hint="it may lack memory: lower trainer.batch_size; trainer.workers = 1 shows any other error",
    )
