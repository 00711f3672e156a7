from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import pickle
import zipfile

import numpy as np
import pytest

from nlpkit.data.reading.magic import marked_encoding, other_kind, packing


@pytest.mark.parametrize("content", [b"", b"text,label\n", bytes(range(256))])
def test_a_packed_file_is_known_by_its_head(content: bytes) -> None:
    packed = {"gzip": gzip.compress(content), "bzip2": bz2.compress(content), "xz": lzma.compress(content)}

    assert {name: packing(each[:16]) for name, each in packed.items()} == {name: name for name in packed}
    assert packing(content[:16]) == ""


def test_what_is_saved_by_other_programs_is_known_by_its_head() -> None:
    archive, array = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        opened.writestr("a.csv", "text")
    np.save(array, np.zeros(3))

    assert other_kind(archive.getvalue()[:16]) == "a zip archive"
    assert other_kind(array.getvalue()[:16]) == "a numpy array"
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        assert other_kind(pickle.dumps({"a": 1}, protocol)) == "a pickle"


@pytest.mark.parametrize(
    "text", ["BZh9 is a name", "PK is no archive", "\u20ac 5 and \u201cNUMBERS\u201d", ""]
)
def test_text_is_none_of_these_in_any_encoding(text: str) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252"):
        head = text.encode(encoding)
        assert packing(head) == other_kind(head) == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
def test_an_encoding_is_known_by_its_mark_in_either_order_of_bytes(encoding: str) -> None:
    marks = {
        "utf-8": [codecs.BOM_UTF8],
        "utf-16": [codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE],
        "utf-32": [codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE],
    }

    assert [marked_encoding(mark + b"o") for mark in marks[encoding]] == [encoding] * len(marks[encoding])
    assert marked_encoding(b"oil") == ""
