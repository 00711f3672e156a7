"""Encodings that are told by bytes, and named in the refusal of those that are not UTF-8."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nlpkit.data.reading.source.encodings import plausible_encoding
from nlpkit.errors import DataError
from tests.data.one_file import read_texts

Written = Callable[..., Path]
FRENCH = "Le garçon a déjà mangé – c’est très bien, 5 € à l’hôtel"
RUSSIAN = "Привет, это новый отзыв о работе"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (FRENCH.encode("cp1252"), 'encoding = "cp1252"'),
        ("ein Überfall für Jürgen".encode("latin-1"), 'encoding = "cp1252"'),
        ("it’s “quoted”".encode("cp1252"), 'encoding = "cp1252"'),
        (RUSSIAN.encode("cp1251"), 'encoding = "cp1251"'),
        (FRENCH.encode() + b"\xff", ""),  # UTF-8 that is damaged
        (RUSSIAN.encode("koi8-r"), ""),
        ("こんにちは世界".encode("shift_jis"), ""),
        (b"all of it is ASCII", ""),
        (b"thr\xffee", ""),
        (bytes(range(256)), ""),
    ],
)
def test_an_encoding_is_named_where_it_makes_words(data: bytes, found: str) -> None:
    assert plausible_encoding(data) == found


def refusal(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        read_texts(path)
    return str(caught.value).splitlines()[1]


def test_a_refused_byte_leads_to_the_encoding_of_its_file(written: Written) -> None:
    rows = f"text,label\noil,a\n{FRENCH.replace(',', '')},b\n"
    assert refusal(written("a.csv", rows.encode("cp1252"))) == (
        '  set encoding = "cp1252", or errors = "replace" to read such bytes as U+FFFD'
    )


def test_a_damaged_file_of_utf8_is_no_other_encoding(written: Written) -> None:
    data = b"text,label\n" + "déjà vu,a\n".encode() * 2 + b"caf\xe9,b\n"
    assert refusal(written("a.csv", data)) == (
        '  set the encoding that the file has, or errors = "replace" to read such bytes as U+FFFD'
    )
