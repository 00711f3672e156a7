from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.data.reading.notes import FileNotes
from nlpkit.data.reading.source.decode import Decoding

TEXT = "caf\u00e9 to go,a\nna\u00efve \u201cna\u00efve\u201d,b\n\u65e5\u672c,c\n"


def notes_of(pieces: Iterable[bytes], encoding: str) -> list[str]:
    notes = FileNotes("a.csv")
    list(Decoding("a.csv", encoding, "replace", notes).chunks(pieces))
    return list(map(str, notes.all()))


@given(st.integers(1, 9), st.sampled_from(["latin-1", "cp1252", "cp1251", "mac_roman"]))
def test_utf8_that_is_read_in_another_encoding_is_noted_however_its_bytes_are_cut(
    size: int, encoding: str
) -> None:
    content = TEXT.encode()
    pieces = [content[start : start + size] for start in range(0, len(content), size)]

    assert notes_of(pieces, encoding)[-1] == (
        f'a.csv: read as {encoding} what is valid UTF-8, so that encoding = "utf-8" may be right, 7 times '
        "(lines 1, 2, 2 and 4 more)"
    )


@pytest.mark.parametrize("encoding", ["latin-1", "iso8859-15"])
@pytest.mark.parametrize("size", [1, 4, 99])
def test_quotes_of_windows_that_are_read_as_control_characters_are_noted(encoding: str, size: int) -> None:
    content = "caf\u00e9,a\n\u201ctea\u201d,b\n\u2019t is,c".encode("cp1252")
    pieces = [content[start : start + size] for start in range(0, len(content), size)]

    assert notes_of(pieces, encoding) == [
        f'a.csv: read as {encoding} bytes that are no signs there, so that encoding = "cp1252" may be '
        "right, 3 times (lines 2, 2, 3)"
    ]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("no accents", "latin-1"),
        (TEXT[:-3].replace("\u65e5\u672c", ""), "cp1252"),
        ("\u0412\u0441\u0451 \u0445\u043e\u0440\u043e\u0448\u043e", "cp1251"),
        ("\u0412\u0441\u0451 \u0445\u043e\u0440\u043e\u0448\u043e", "koi8-r"),
        ("\u65e5\u672c\u8a9e", "shift_jis"),
        ("\u65e5\u672c\u8a9e", "utf-16"),
        (TEXT, "utf-8"),
        (TEXT, "gb18030"),
    ],
)
def test_a_file_in_the_encoding_it_is_read_in_says_nothing(text: str, encoding: str) -> None:
    assert notes_of([text.encode(encoding)], encoding) == []


MIXED = "words that are UTF-8, in a file that is not: save all of it in one encoding"


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "iso8859-15"])
@pytest.mark.parametrize(
    ("word", "lines"),
    [
        ("caf\u00e9", "once (line 3)"),
        ("\u00fcber \u00a3 5", "2 times (lines 3, 3)"),
        ("it\u2019s", "once (line 3)"),
        ("\u0413\u0434\u0435", "once (line 3)"),
    ],
    ids=ascii,
)
def test_a_line_of_utf8_in_a_file_of_another_encoding_is_noted(encoding: str, word: str, lines: str) -> None:
    one_byte = "Stra\u00dfe,a\nma\u00eetre,b\n".encode(encoding)

    assert notes_of([one_byte + f"{word},a\n".encode()], encoding) == [
        f"a.csv: read as {encoding} {MIXED}, {lines}"
    ]


def test_bytes_of_utf8_are_no_signs_of_windows() -> None:
    content = (
        "caf\u00e9\n".encode("latin-1") + "\u201ctea\u201d\n".encode() + "\u201ctea\u201d".encode("cp1252")
    )

    assert notes_of([content], "latin-1") == [
        f"a.csv: read as latin-1 {MIXED}, 2 times (lines 2, 2)",
        'a.csv: read as latin-1 bytes that are no signs there, so that encoding = "cp1252" may be right, '
        "2 times (lines 3, 3)",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "\u201eSpa\u00df\u201c, \u201egro\u00df\u2026\u201c \u201eM\u00c4\u201c, NESTL\u00c9\u00ae",
        "AMANH\u00c3\u2026 IRM\u00c3\u00bb 5 \u20ac\u2026 caf\u00e9\u201d\u2026 S\u00c5\u201d",
        "\u00c9\u00c8\u00c0 \u00e9\u00e8 na\u00efve \u00ab\u00c9t\u00e9\u00bb 1\u00ba \u00bd",
    ],
    ids=ascii,
)
def test_words_that_are_utf8_by_chance_say_nothing(text: str) -> None:
    assert notes_of([text.encode("cp1252")], "cp1252") == []


def test_a_few_bytes_of_two_byte_encodings_that_are_utf8_by_chance_say_nothing() -> None:
    donkey = "\u9a74".encode("gbk")
    assert donkey.decode("utf-8") == "\u00bf"
    assert notes_of([donkey * 9], "gbk") == []
    assert "valid UTF-8" in notes_of([donkey * 10], "gbk")[0]


@pytest.mark.parametrize(
    "text",
    [
        "caf\u00e9",
        "\u00a3 5",
        "it\u2019s",
        "\u201cquoted\u201d",
        "a \u2014 b",
        "\u041f\u0440\u0438\u0432\u0435\u0442",
    ],
    ids=ascii,
)
@pytest.mark.parametrize("wrong", ["latin-1", "cp1252"])
def test_text_that_was_saved_after_a_wrong_decoding_is_noted_with_its_lines(text: str, wrong: str) -> None:
    garbled = "".join(
        bytes([byte]).decode(wrong) if wrong == "latin-1" or byte not in _UNDEFINED else chr(byte)
        for byte in text.encode()
    )
    [said] = notes_of([b"fine\n", f"fine\n{garbled}\n".encode()], "utf-8")
    sentence = "found text that was once read in the wrong encoding, as '\u00c3\u00a9' is for '\u00e9'"
    assert said.startswith(f"a.csv: {sentence}, ")
    assert "(line 3)" in said or "(lines 3, 3" in said


_UNDEFINED = (0x81, 0x8D, 0x8F, 0x90, 0x9D)  # in cp1252


@pytest.mark.parametrize(
    "text",
    [
        "caf\u00e9 na\u00efve \u201cIRM\u00c3\u201d \u00abIRM\u00c3\u00bb MANH\u00c3\u2026 AMANH\u00c3\u2014",
        "ROM\u00c2\u201d P\u00c2TE S\u00c3O \u00c2ngulo",
        "5 \u00c5\u00b2 and 3 \u00c5\u00b3, \u20ac 5, \u00e2\u20ac",
        "\u041f\u0440\u0438\u0432\u0435\u0442",
        "\u03b3\u03b5\u03b9\u03ac \u00d1and\u00fa \u00d0\u00fe \u65e5\u672c",
    ],
    ids=ascii,
)
def test_text_in_many_languages_is_no_sign_of_a_wrong_decoding(text: str) -> None:
    assert notes_of([text.encode()], "utf-8") == []
