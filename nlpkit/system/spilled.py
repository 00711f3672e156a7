"""Bytes that grow at their end and are read often: in memory while they are few, else mapped from a file."""

from __future__ import annotations

import mmap
import os
import tempfile
import weakref
from typing import Final

IN_MEMORY: Final = 1 << 26  # 64 MiB


class SpilledBytes:
    """Above 64 MiB they are a temporary file without a name, which nobody else can cut short, and whose pages
    the system takes back when it needs memory. Where there is no place for it they stay in memory.
    """

    def __init__(self) -> None:
        self._size = 0
        self._memory = bytearray()
        self._file: int | None = None
        self._mapped: mmap.mmap | None = None
        self._room = True  # for a file

    def __len__(self) -> int:
        return self._size

    def append(self, block: bytes) -> None:
        """Add bytes at the end."""
        if self._file is None:
            self._memory += block
            self._size += len(block)
            if self._room and self._size > IN_MEMORY:
                self._spill()
        elif self._written(self._file, block):
            self._size += len(block)
            self._mapped = None
        else:
            self._memory = bytearray(self.view())
            self._file = self._mapped = None
            self.append(block)

    def view(self) -> memoryview:
        """All of them, without a copy."""
        if self._file is None:
            return memoryview(self._memory)
        if self._mapped is None:
            self._mapped = mmap.mmap(self._file, self._size, access=mmap.ACCESS_READ)
        return memoryview(self._mapped)

    def let_go(self) -> None:
        """Give back the memory of what has been read; to read it again means to look into the file."""
        if self._mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._mapped.madvise(mmap.MADV_DONTNEED)

    def _spill(self) -> None:
        try:
            file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115  it lives as long as this does
        except OSError:
            self._room = False
            return
        weakref.finalize(self, file.close)
        if self._written(file.fileno(), self._memory):
            self._memory, self._file = bytearray(), file.fileno()

    def _written(self, file: int, block: bytes | bytearray) -> bool:
        """Whether a file has taken a block; if not, it will be tried no more."""
        rest = memoryview(block)
        try:
            while rest:
                rest = rest[os.write(file, rest) :]
        except OSError:
            self._room = False
        return self._room
