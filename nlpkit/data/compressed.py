"""Bytes of a file, unpacked where its name ends in .gz, .bz2 or .xz, and never more than a cap of them."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, cast

from nlpkit.data.files import PIECE_SIZE, HashedFile
from nlpkit.errors import DataError

# Text packs to a fifth or a tenth; 200 to 1 beyond 64 MiB is no text any more.
MAX_RATIO = 200
SMALL_BYTES = 64 << 20

PACKED_ENDINGS = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz"}
_MAGIC = {
    b"\x1f\x8b": ("a gzip file", "give it a name that ends in .gz"),
    b"BZh": ("a bzip2 file", "give it a name that ends in .bz2"),
    b"\xfd7zXZ\x00": ("an xz file", "give it a name that ends in .xz"),
    b"PK\x03\x04": ("a zip archive", "unpack it and name the file in it"),
    b"\x28\xb5\x2f\xfd": ("a zstandard file", "unpack it, or pack it with gzip instead"),
}


def pieces(file: HashedFile) -> Iterator[bytes]:
    """The bytes of `file` in pieces of up to 256 KiB, unpacked by the ending of its name."""
    if file.path.suffix.lower() in PACKED_ENDINGS:
        yield from _unpacked(file)
        return
    head = file.read(PIECE_SIZE)
    for magic, (what, hint) in _MAGIC.items():
        # "BZh" is three letters that a text may begin with; a packed file has a digit and pi after them
        if head.startswith(magic) and (magic != b"BZh" or head[4:10] == b"1AY&SY"):
            raise DataError(f"this is {what}, not text", hint=hint, location=str(file.path))
    while head:
        yield head
        head = file.read(PIECE_SIZE)


def without_packing(path: Path) -> Path:
    """The path less an ending that says how it is packed.

    >>> without_packing(Path("train.csv.gz")).name
    'train.csv'
    """
    return path.with_suffix("") if path.suffix.lower() in PACKED_ENDINGS else path


def _unpacked(file: HashedFile) -> Iterator[bytes]:
    packing = PACKED_ENDINGS[file.path.suffix.lower()]
    cap = max(SMALL_BYTES, MAX_RATIO * file.size)
    total = 0
    try:
        with _stream(file, packing) as stream:
            while data := stream.read(PIECE_SIZE):
                total += len(data)
                if total > cap:
                    raise _bomb(file, cap)
                yield data
    except EOFError as error:
        raise DataError(
            f"the {packing} file ends too early", hint="copy or download it again", location=str(file.path)
        ) from error
    except (OSError, zlib.error, lzma.LZMAError) as error:
        raise DataError(
            f"this is no intact {packing} file",
            hint="copy or download it again, or take the ending off the name of a plain text file",
            location=str(file.path),
        ) from error


def _stream(file: HashedFile, packing: str) -> IO[bytes]:
    source = cast(IO[bytes], file)  # all three only call read()
    if packing == "gzip":
        return cast(IO[bytes], gzip.GzipFile(fileobj=source, mode="rb"))
    if packing == "bzip2":
        return bz2.BZ2File(source)
    return lzma.LZMAFile(source)


def _bomb(file: HashedFile, cap: int) -> DataError:
    return DataError(
        f"{file.size:,} packed bytes unpack to more than {cap:,}, which is no text",
        hint="unpack the file yourself if you trust it, and name the unpacked one",
        location=str(file.path),
    )
