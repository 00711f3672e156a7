"""Kinds of files by the bytes they begin with."""

from __future__ import annotations

import codecs
import re

_PACKINGS = {
    "gzip": re.compile(rb"\x1f\x8b"),
    # "BZh" are three letters that a text may begin with; the digits of pi follow, or those of its root
    "bzip2": re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"),
    "xz": re.compile(rb"\xfd7zXZ\x00"),
}
_OTHERS = {
    "a zip archive": re.compile(rb"PK\x03\x04"),
    "a zstandard file": re.compile(rb"\x28\xb5\x2f\xfd"),
    "a pickle": re.compile(rb"\x80[\x02-\x05]"),
    "a numpy array": re.compile(rb"\x93NUMPY"),
}
ARCHIVES = ("a zip archive", "a zstandard file")
_MARKS = {  # that of UTF-32 begins with that of UTF-16
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def packing(head: bytes) -> str:
    """How a file is packed: gzip, bzip2, xz, or "" where it is none of these.

    >>> packing(b"BZh is three letters")
    ''
    """
    return next((name for name, magic in _PACKINGS.items() if magic.match(head)), "")


def other_kind(head: bytes) -> str:
    """What a file is that nothing here reads, such as "a zip archive"; "" for all others."""
    return next((name for name, magic in _OTHERS.items() if magic.match(head)), "")


def marked_encoding(head: bytes) -> str:
    """The encoding that a byte-order mark says; "" where there is none.

    >>> marked_encoding("oil".encode("utf-16"))
    'utf-16'
    """
    return next((name for mark, name in _MARKS.items() if head.startswith(mark)), "")
