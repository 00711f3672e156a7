"""Kinds of files by the bytes they begin with."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

_PACKINGS = {
    "gzip": re.compile(rb"\x1f\x8b"),
    # "BZh" are three letters that a text may begin with; the digits of pi follow, or those of its root
    "bzip2": re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"),
    "xz": re.compile(rb"\xfd7zXZ\x00"),
}
_MARKS = {  # that of UTF-32 begins with that of UTF-16
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


class Kind(NamedTuple):
    """What a file is, and the way to its texts: a hint, in which {save} is how to save it as another kind."""

    what: str
    way_out: str = "{save}"
    format: str = ""  # that reads it


_UNPACK = "unpack it and name the file in it"
_NEVER = "it is never loaded; {save}"
_ARROW = Kind("an Arrow file", format="arrow")
_ZIP = Kind("a zip archive", _UNPACK)
_OTHERS = (
    (rb"PK\x03\x04", _ZIP),
    (rb"\x28\xb5\x2f\xfd", Kind("a zstandard file", _UNPACK)),
    (rb"\x04\x22\x4d\x18", Kind("an lz4 file", _UNPACK)),
    (rb"7z\xbc\xaf\x27\x1c", Kind("a 7z archive", _UNPACK)),
    (rb"Rar!\x1a\x07", Kind("a rar archive", _UNPACK)),
    (rb"(?=[^\0]{1,110}\0).{257}ustar", Kind("a tar archive", _UNPACK)),
    (rb"\x80[\x02-\x05]", Kind("a pickle", _NEVER)),
    (rb"\x93NUMPY", Kind("a numpy array", _NEVER)),
    (rb"\x89HDF\r\n\x1a\n", Kind("an HDF5 file")),
    (rb"PAR1[\0-\x08\x0e-\x1f]", Kind("a Parquet file", format="parquet")),
    (rb"ARROW1\0\0", _ARROW),
    (rb"\xff\xff\xff\xff...\0\x10\0\0\0", _ARROW),  # the form that is written as a stream
    (rb"FEA1\0\0\0\0", Kind("a Feather file of version 1", "write it again with a newer pyarrow")),
    (rb"Obj\x01", Kind("an Avro file")),
    (rb"SQLite format 3\0", Kind("an SQLite database", "export the table: {save}")),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Kind("an old Excel or Word file")),
    (rb"%PDF-\d", Kind("a PDF", "take the text out of it; {save}")),
    (rb"\{\\rtf\d", Kind("an RTF document")),
    (rb"\x89PNG\r\n\x1a\n|\xff\xd8\xff|GIF8[79]a|II\*\0|MM\0\*", Kind("an image", "name a file of texts")),
    (rb"RIFF....(WAVE|WEBP|AVI )|OggS\0|fLaC|ID3[\x02-\x04]", Kind("a media file", "name a file of texts")),
    (rb"\x7fELF|MZ.{0,60}\0\0", Kind("a program", "name a file of texts")),
    (rb"version https://git-lfs\.github\.com/spec/", Kind("a pointer of Git LFS", "run git lfs pull first")),
)
_KINDS = tuple((re.compile(magic, re.DOTALL), kind) for magic, kind in _OTHERS)
# What programs save as a zip archive, by the names of the first files in it.
_ZIPPED = (
    (rb"xl/|xl\\", Kind("an Excel workbook")),
    (rb"word/", Kind("a Word document")),
    (rb"ppt/", Kind("a PowerPoint document")),
    (rb"mimetypeapplication/vnd\.oasis\.opendocument\.spreadsheet", Kind("a spreadsheet")),
    (rb"mimetypeapplication/vnd\.oasis\.opendocument", Kind("an OpenDocument file")),
    (rb"[^/]+\.npy", Kind("a numpy archive", _NEVER)),
    (rb"([^/]+/)?data\.pkl", Kind("a PyTorch file", _NEVER)),
)
_ZIP_NAME = re.compile(rb"PK\x03\x04.{22}(.)(.)..", re.DOTALL)


def packing(head: bytes) -> str:
    """How a file is packed: gzip, bzip2, xz, or "" where it is none of these.

    >>> packing(b"BZh is three letters")
    ''
    """
    return next((name for name, magic in _PACKINGS.items() if magic.match(head)), "")


def other_kind(head: bytes) -> Kind | None:
    """What a file is that is no text, such as a zip archive; None for all others."""
    kind = next((kind for magic, kind in _KINDS if magic.match(head)), None)
    return _zipped(head) if kind is _ZIP else kind


def _zipped(head: bytes) -> Kind:
    for entry in _ZIP_NAME.finditer(head):
        name = head[entry.end() : entry.end() + int.from_bytes(entry[1] + entry[2], "little")]
        shown = head[entry.end() :] if name == b"mimetype" else name
        for magic, kind in _ZIPPED:
            if re.match(magic, shown):
                return kind
    return _ZIP


def marked_encoding(head: bytes) -> str:
    """The encoding that a byte-order mark says; "" where there is none.

    >>> marked_encoding("oil".encode("utf-16"))
    'utf-16'
    """
    return next((name for mark, name in _MARKS.items() if head.startswith(mark)), "")


def unmarked_utf16(piece: bytes) -> str:
    """The setting for UTF-16 without a mark, which has NUL in every second byte; "" for other bytes.

    >>> unmarked_utf16("oil and gas".encode("utf-16-le"))
    'encoding = "utf-16-le"'
    """
    nuls = [piece[start::2].count(0) for start in (0, 1)]
    few, many = sorted(nuls)
    if 4 * many < len(piece) or 4 * few >= many:
        return ""
    return f'encoding = "utf-16-{"be" if nuls[0] == many else "le"}"'


def format_set(*formats: str) -> str:
    """How one sets a format; without one, how one sets any.

    >>> print(format_set("csv", "tsv"))
    type = "csv" or type = "tsv"
    """
    return " or ".join(f'type = "{each}"' for each in formats or ("FORMAT",))
