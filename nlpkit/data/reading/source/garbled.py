"""Signs that text was decoded with the wrong encoding, here or before it was saved."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from nlpkit.data.reading.notes import SHOWN, FileNotes, line_breaks

# What cp1252 makes of the second byte of a character in UTF-8. Apart are signs that may well follow a word in
# capitals: quotes, dashes, dots, ordinals and a no-break space.
_SECOND = (
    "\x80-\x9f\u00a1-\u00a9\u00ac-\u00b9\u00bc-\u00bf"
    "\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2020\u2021\u2030\u2122"
)
_SIGNS = "\u00a0\u00aa\u00ab\u00ba\u00bb\u2013\u2014\u2018-\u201a\u201c-\u201e\u2022\u2026\u2039\u203a\u20ac"
# Accented letters and signs, punctuation, and three letters of Cyrillic or Greek in a row
_MOJIBAKE = re.compile(
    rf"[\u00c2\u00c3][{_SECOND}]"
    "|\u00e2(?:\u20ac[\u2122\u0153\u02dc\u201c\u201d\u00a6\u00a2\x9d]|\x80[\x80-\xbf])"
    rf"|(?:[\u00ce-\u00d1][{_SECOND}{_SIGNS}]){{3}}"
)
_FIRST = "\u00c2\u00c3\u00ce\u00cf\u00d0\u00d1\u00e2"
_FEW_CHARS = 10  # by chance, fewer characters of two bytes or more may be valid UTF-8


def was_misread(text: str) -> bool:
    """Whether a text has signs that it was once decoded with the wrong encoding."""
    return any(char in text for char in _FIRST) and bool(_MOJIBAKE.search(text))


class Mojibake:
    """Notes text that was decoded wrongly before it was saved."""

    def __init__(self, notes: FileNotes) -> None:
        self._notes = notes

    def look(self, piece: bytes, text: str, line: int) -> None:
        """Look at the next piece of a file and its text, which begins on `line`."""
        if not text.isascii() and any(char in text for char in _FIRST):
            found = [match.start() for match in _MOJIBAKE.finditer(text)]
            said = "found text that was once read in the wrong encoding, as '\u00c3\u00a9' is for '\u00e9'"
            self._notes.add(said, (line + line_breaks(text[:place]) for place in found), len(found))


class ReadableAsUtf8:
    """Notes a file that is read in another encoding although all of it is UTF-8, or some of it surely is."""

    def __init__(self, encoding: str, notes: FileNotes) -> None:
        self._encoding, self._notes = encoding, notes
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._lines: list[int] = []
        self._count = 0
        self._least = 1 if _one_byte_a_char(encoding) else _FEW_CHARS
        self._valid = True
        self._windows, self._words = WindowsSigns(encoding, notes), Utf8Words(encoding, notes)

    def look(self, piece: bytes, text: str, line: int) -> None:
        """Look at the next piece of a file, whose text begins on `line`; an empty piece is the last."""
        self._windows.look(self._words.look(text, line), line)
        if self._valid:
            self._look_as_utf8(piece, line)
        if not piece and not self._valid:
            self._words.finish()
            self._windows.finish()

    def _look_as_utf8(self, piece: bytes, line: int) -> None:
        try:
            decoded = self._decoder.decode(piece, final=not piece)
        except UnicodeDecodeError:
            self._valid = False
            return
        if not decoded.isascii():
            self._count += sum(map(len, _BEYOND_ASCII.findall(decoded)))
            if len(self._lines) < SHOWN:
                self._lines += islice(_lines_of(decoded, line), SHOWN - len(self._lines))
        if not piece and self._count >= self._least:
            said = f'read as {self._encoding} what is valid UTF-8, so that encoding = "utf-8" may be right'
            self._notes.add(said, self._lines, self._count)


class Utf8Words:
    """Notes words that are UTF-8 in a file that is not, as files that were joined have them."""

    def __init__(self, encoding: str, notes: FileNotes) -> None:
        self._encoding, self._notes = encoding, notes
        self._fits = codecs.lookup(encoding).name in ("iso8859-1", "iso8859-15", "cp1252")
        self._lines: list[int] = []
        self._count = 0

    def look(self, text: str, line: int) -> str:
        """Look at the next text of a file, which begins on `line`; the text without such words."""
        if not self._fits or text.isascii():
            return text
        found = [match for match in _SEVERAL_BEYOND.finditer(text) if self._surely_utf8(match[0])]
        if not found:
            return text
        self._count += len(found)
        few = found[: SHOWN - len(self._lines)]
        self._lines += [line + line_breaks(text[: match.start()]) for match in few]
        return _SEVERAL_BEYOND.sub(lambda match: "" if self._surely_utf8(match[0]) else match[0], text)

    def finish(self) -> None:
        """Note what was seen."""
        if self._count:
            said = f"read as {self._encoding} words that are UTF-8, in a file that is not"
            self._notes.add(f"{said}: save all of it in one encoding", self._lines, self._count)

    def _surely_utf8(self, signs: str) -> bool:
        """Whether signs beyond ASCII are UTF-8, and few texts have them in this encoding."""
        with suppress(UnicodeError):
            return len(signs.encode(self._encoding).decode("utf-8")) > 2 or bool(_MOJIBAKE.search(signs))
        return False


class WindowsSigns:
    """Notes quotes, dashes and other signs of Windows that latin-1 reads as control characters."""

    def __init__(self, encoding: str, notes: FileNotes) -> None:
        self._encoding, self._notes = encoding, notes
        self._fits = codecs.lookup(encoding).name in ("iso8859-1", "iso8859-15")
        self._lines: list[int] = []
        self._count = 0

    def look(self, text: str, line: int) -> None:
        """Look at the next text of a file, which begins on `line`."""
        if self._fits and not text.isascii() and (found := list(_CONTROLS.finditer(text))):
            self._count += len(found)
            few = found[: SHOWN - len(self._lines)]
            self._lines += [line + line_breaks(text[: match.start()]) for match in few]

    def finish(self) -> None:
        """Note what was seen; not of a file that is UTF-8, where such bytes mean other characters."""
        if self._count:
            said = f"read as {self._encoding} bytes that are no signs there"
            self._notes.add(f'{said}, so that encoding = "cp1252" may be right', self._lines, self._count)


_CONTROLS = re.compile("[\x80-\x9f]")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")
_SEVERAL_BEYOND = re.compile(r"[^\x00-\x7f]{2,}")


def _lines_of(text: str, line: int) -> Iterator[int]:
    """The line of each character beyond ASCII."""
    for match in _BEYOND_ASCII.finditer(text):
        yield from [line + line_breaks(text[: match.start()])] * len(match[0])


def _one_byte_a_char(encoding: str) -> bool:
    with suppress(UnicodeError):
        return all(len(bytes([byte, 0xA0]).decode(encoding, "replace")) == 2 for byte in range(0x80, 0x100))
    return False
