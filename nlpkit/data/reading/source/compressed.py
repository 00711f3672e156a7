"""Bytes of a file, unpacked where they are gzip, bzip2 or xz, and never more than a cap of them."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from nlpkit.data.reading.source.files import PIECE_SIZE, TEXT, HashedFile, Wanted
from nlpkit.data.reading.source.magic import format_set, marked_encoding, other_kind, packing
from nlpkit.data.texts import SourceFile
from nlpkit.errors import DataError

# Text packs to a fifth or a tenth; 200 to 1 beyond 8 MiB is no text any more.
MAX_RATIO = 200
SMALL_BYTES = 8 << 20
_SIP_SIZE = 1 << 14  # packed bytes read at once: what they may unpack to is known as they are read

_OPENERS: dict[str, Callable[[Any], Any]] = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open}
_ENDINGS = (".gz", ".bz2", ".xz")


def pieces(file: HashedFile) -> Iterator[bytes]:
    """The bytes of `file` in pieces of up to 256 KiB, unpacked as its first bytes say, whatever its name.

    What is no text, such as an archive or a spreadsheet, is refused by name.
    """
    packed = packing(file.peek(16))
    unpacked = _unpacked(file, packed) if packed else iter(lambda: file.read(PIECE_SIZE), b"")
    first = next(unpacked, b"")
    _refuse_other_kinds(first, file)
    if first:
        yield first
    yield from unpacked


def whole(path: Path, wanted: Wanted = TEXT) -> tuple[bytes, SourceFile]:
    """All bytes of a file, unpacked, and what it was."""
    with HashedFile(path, wanted) as file:
        return b"".join(pieces(file)), file.finished()


def require_text(path: Path) -> None:
    """Refuse a file that is something else than text, as whoever reads it does."""
    with HashedFile(path) as file:
        next(pieces(file), None)


def without_packing(path: Path) -> Path:
    """The path less an ending that says how it is packed.

    >>> without_packing(Path("train.csv.gz")).name
    'train.csv'
    """
    return path.with_suffix("") if path.suffix.lower() in _ENDINGS else path


def _refuse_other_kinds(head: bytes, file: HashedFile) -> None:
    wanted, marked = file.wanted, marked_encoding(head)
    if twice := packing(head):
        what, hint = f"a {twice} file that is packed again", "unpack it once"
    elif kind := other_kind(head):
        what, hint = kind.what, kind.way_out.format(save=wanted.save)
        if kind.format and wanted.formats:
            hint = f"set {format_set(kind.format)}"
    elif wanted.utf8 and marked not in ("", "utf-8"):
        what, hint = f"{marked.upper()} text", "save it as UTF-8"
    else:
        return
    raise DataError(f"this is {what}, not {wanted.what}", hint=hint, location=str(file.path))


class _Sips:
    """A file that gives a few bytes at a time, however many are asked for."""

    def __init__(self, file: HashedFile) -> None:
        self.file = file

    def read(self, size: int = -1) -> bytes:
        return self.file.read(_SIP_SIZE if size < 0 else min(size, _SIP_SIZE))


def _unpacked(file: HashedFile, packed: str) -> Iterator[bytes]:
    total = 0
    try:
        with _OPENERS[packed](_Sips(file)) as stream:
            while data := stream.read(PIECE_SIZE):
                total += len(data)
                _refuse_bomb(file, total)
                yield data
    except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
        cut_off = isinstance(error, EOFError)
        raise DataError(
            f"the {packed} file ends too early" if cut_off else f"this is no intact {packed} file",
            hint="copy or download it again",
            location=str(file.path),
        ) from error


def _refuse_bomb(file: HashedFile, total: int) -> None:
    """DataError where the packed bytes read so far have given far more than text does."""
    cap = max(SMALL_BYTES, MAX_RATIO * file.read_size)
    if total > cap:
        raise DataError(
            f"{file.read_size:,} packed bytes unpack to more than {cap:,}, too much for {file.wanted.what}",
            hint="unpack the file yourself if you trust it, and name the unpacked one",
            location=str(file.path),
        )
