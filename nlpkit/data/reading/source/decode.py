"""Bytes to text: byte-order marks, other encodings, bytes that are no text, and where they are."""

from __future__ import annotations

import codecs
import re
import threading
from collections.abc import Iterable, Iterator
from itertools import chain

from nlpkit.data.reading.allowed import encoding_problem
from nlpkit.data.reading.layout import Errors
from nlpkit.data.reading.notes import FileNotes, line_breaks
from nlpkit.data.reading.source.encodings import plausible_encoding
from nlpkit.data.reading.source.garbled import Mojibake, ReadableAsUtf8
from nlpkit.data.reading.source.magic import marked_encoding, unmarked_utf16
from nlpkit.errors import ConfigError, DataError

REPLACEMENT = "\ufffd"
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_HANDLER = "nlpkit-replace"
_replaced = threading.local()


def _replace(error: UnicodeError) -> tuple[str, int]:
    """Note how far from the end of what has been read the bad bytes are, and put U+FFFD there."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    _replaced.places.append(error.start - len(error.object))
    return REPLACEMENT, error.end


codecs.register_error(_HANDLER, _replace)


def without_surrogates(text: str) -> str:
    """The text with each lone surrogate, which is half a character, as U+FFFD.

    >>> without_surrogates("a" + chr(0xD83D))
    'a\ufffd'
    """
    return _LONE_SURROGATE.sub(REPLACEMENT, text)


def _without_nul(text: str) -> str:
    """What to do about NUL; UTF-16 has many, and without a mark its name says which byte goes first."""
    first, second = text[::2].count("\0"), text[1::2].count("\0")
    way_out = "remove it"
    if 4 * (first + second) > len(text):
        way_out = f'set encoding = "utf-16-{"be" if first > second else "le"}" if it is that'
    return f'{way_out}, or set errors = "replace" to read NUL as U+FFFD'


class Decoding:
    """Decodes one stream; `name` is how messages call it and `notes` gets what was replaced."""

    def __init__(self, name: str, encoding: str, errors: Errors, notes: FileNotes) -> None:
        if problem := encoding_problem(encoding):
            raise ConfigError(problem, hint="see the encodings that Python's codecs module lists")
        codec = codecs.lookup(encoding).name
        self._codec, self._shown = ("utf-8-sig", "UTF-8") if codec == "utf-8" else (codec, codec)
        self._signs = Mojibake(notes) if codec.startswith("utf") else ReadableAsUtf8(encoding, notes)
        self._name = name
        self._errors = errors
        self._notes = notes
        self._line = 1
        self._bytes = 0
        self._after_cr = False
        self._beyond_ascii = False  # so far

    def chunks(self, pieces: Iterable[bytes]) -> Iterator[str]:
        """The text of `pieces`, a chunk for each; a byte-order mark is no part of it."""
        handler = _HANDLER if self._errors == "replace" else "strict"
        decoder = codecs.getincrementaldecoder(self._codec)(handler)
        for piece in chain(pieces, (b"",)):
            if not self._bytes:
                self._check_mark(piece)
            self._bytes += len(piece)
            if not piece and self._codec == "utf-8-sig":  # it loses half a byte-order mark at the end
                held = decoder.getstate()[0]
                decoder = codecs.getincrementaldecoder("utf-8")(handler)
                decoder.setstate((held, 0))
            text = self._checked(self._decoded(decoder, piece), piece)
            self._signs.look(piece, text, self._line)
            if text:
                self._advance(text)
                yield text

    def _decoded(self, decoder: codecs.IncrementalDecoder, piece: bytes) -> str:
        _replaced.places = []
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            raise self._undecodable(error, piece) from error
        except UnicodeError as error:
            raise DataError(
                f"this is not {self._codec}: {error}",
                hint=f"set {unmarked_utf16(piece) or 'another encoding'}",
                location=self._name,
            ) from error
        if places := _replaced.places:
            lines = (self._line_of(piece, from_end) for from_end in places)
            self._notes.add("read bytes that are no text as U+FFFD", lines, len(places))
        return text if self._codec == "utf-8-sig" else without_surrogates(text)

    def _checked(self, text: str, piece: bytes) -> str:
        """The text, without NUL."""
        if "\0" not in text:
            return text
        lines = (self._line + line_breaks(text[: found.start()]) for found in re.finditer("\0", text))
        if self._errors == "replace":
            self._notes.add("read a NUL character as U+FFFD", lines, text.count("\0"))
            return text.replace("\0", REPLACEMENT)
        raise DataError(
            "a NUL character, which no text has: this is a binary file, or text in another encoding",
            hint=_without_nul(text),
            location=f"{self._name}:{next(lines)}",
        )

    def _check_mark(self, head: bytes) -> None:
        marked = marked_encoding(head)
        if marked and (marked == "utf-8") != (self._codec == "utf-8-sig"):
            raise DataError(
                f"this is {marked.upper()} by its byte-order mark, not {self._shown}",
                hint=f'set encoding = "{marked}"' + (", or save it as UTF-8" if marked != "utf-8" else ""),
                location=f"{self._name}:1",
            )

    def _undecodable(self, error: UnicodeDecodeError, piece: bytes) -> DataError:
        from_end = error.start - len(error.object)
        found = "" if self._codec.startswith("utf-16") else unmarked_utf16(piece)
        if self._codec == "utf-8-sig" and not self._beyond_ascii:
            found = found or plausible_encoding(piece)
        return DataError(
            f"byte 0x{error.object[error.start]:02x} at offset {self._notes.offset(self._bytes + from_end)} "
            f"is not {self._shown}",
            hint=f"set {found or 'the encoding that the file has'}, "
            'or errors = "replace" to read such bytes as U+FFFD',
            location=f"{self._name}:{self._line_of(piece, from_end)}",
        )

    def _line_of(self, piece: bytes, from_end: int) -> int:
        before = piece[: max(0, len(piece) + from_end)]
        if self._after_cr and before.startswith(b"\n"):
            before = before[1:]
        return self._line + before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n")

    def _advance(self, text: str) -> None:
        self._line += line_breaks(text) - (self._after_cr and text.startswith("\n"))
        self._after_cr = text.endswith("\r")
        self._beyond_ascii = self._beyond_ascii or not text.isascii()
