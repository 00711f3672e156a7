"""Word vectors from a file: GloVe, word2vec and fastText, text or binary, packed or not.

K vectors are found for the tokens of a vocabulary. A file is read once and forward, and only the vectors
of the vocabulary's tokens are kept, so that a file of any size needs no more memory than they do.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from nlpkit.data.vectors.kept import FoundVectors, Kept
from nlpkit.data.vectors.source import Source, open_source
from nlpkit.system.terminal import counted

if TYPE_CHECKING:
    from nlpkit.vocab import Vocab

MAX_WIDTH: Final = 65_536
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_HEADER: Final = re.compile(rb"(\d{1,18})[ \t]+(\d{1,18})[ \t\r]*\n")
_SAMPLE_LINES: Final = 16
_SAMPLE_WIDTH: Final = 1024  # for which a sample has room, where nobody knows the width
_MAX_NUMBER_BYTES: Final = 64  # one number of a text line, with the space before it


def read_vectors(path: Path, vocab: Vocab, size: int | None = None) -> FoundVectors:
    """The vectors that a file has for the tokens of `vocab`, each of `size` numbers where that is given.

    The format is recognised from the bytes. Words match as they are written, case and all. The vectors of a
    fastText .bin are what fastText gives: the word's row averaged with those of its character n-grams, or
    these alone for a word that it was not trained on. DataError, with the line or the byte, where the file
    is none of these formats, is damaged, or has vectors of another size.
    """
    with open_source(path) as source:
        front = _front(source, size)
        _check_width(source, front, size)
        kept = Kept(source, vocab, front.width)
        front.read(source, kept)
        return kept.found()


def vectors_width(path: Path) -> int:
    """How many numbers the vectors of a file have, as its first bytes say."""
    with open_source(path) as source:
        front = _front(source, None)
        _check_width(source, front, None)
        return front.width


@dataclass(frozen=True)
class _Front:
    """What the first bytes of a file say: how wide its vectors are, where that stands, and who reads them."""

    width: int
    place: str
    read: Callable[[Source, Kept], None]


def _front(source: Source, size: int | None) -> _Front:
    """Nothing is consumed. Where each line begins with several words, `size` numbers are taken to follow."""
    from nlpkit.data.vectors.fasttext import MAGIC, peeked_width, read_fasttext

    if source.peek(4) == MAGIC:
        return _Front(peeked_width(source), "", read_fasttext)
    if header := _HEADER.match(source.peek(64).removeprefix(_BYTE_ORDER_MARK)):
        return _Front(int(header[2]), ":1", partial(_read_with_header, count=int(header[1])))
    return _Front(_sampled_width(source, size), ":1", _read_without_header)


def _check_width(source: Source, front: _Front, size: int | None) -> None:
    """Refuse vectors that are not as wide as the embedding, or of no width that one may have."""
    said = f"its vectors have {counted(front.width, 'number')}"
    if not 1 <= front.width <= MAX_WIDTH:
        raise source.refusal(f"{said}, not 1 to {MAX_WIDTH:,}", "is it word vectors?", front.place)
    if size not in (None, front.width):
        hint = f"set encoder.embedding.size to {front.width}, or name a file with vectors of {size}"
        raise source.refusal(f"{said}, and encoder.embedding.size is {size}", hint, front.place)


def _read_with_header(source: Source, kept: Kept, *, count: int) -> None:
    source.until(b"\n", "the header")
    if not count:
        raise source.refusal("the header says 0 words", "name a file that has some", ":1")
    if not _looks_like_text(source, kept.size):
        _read_word2vec_binary(source, kept, count)
        return
    words, whole = _read_text(source, kept, line_number=1)
    said = f"the header says {counted(count, 'word')}, and the file has {words:,}"
    if words > count * 2:
        raise source.refusal(said, "correct the number in the first line, or delete the line", ":1")
    if words < count and not whole:
        hint = "it is cut off within its last line: download or copy it again, or delete that line"
        raise source.refusal(said, hint, ":1")
    if words != count:
        kept.note(said)


def _looks_like_text(source: Source, width: int) -> bool:
    """Whether printable ASCII follows the first word: each number of a text takes two bytes or more."""
    head = source.peek(_MAX_NUMBER_BYTES * 1024).lstrip(b"\n").partition(b" ")[2][: 2 * width]
    return all(0x20 <= byte < 0x7F or byte in b"\t\r\n" for byte in head)


def _read_word2vec_binary(source: Source, kept: Kept, count: int) -> None:
    import numpy as np

    for number in range(1, count + 1):
        what = f"word {number:,} of {count:,}"
        place = f" at byte {source.offset:,}"
        word = source.until(b" ", what).lstrip(b"\n")
        vector = source.take(4 * kept.size, what)
        if token := kept.wants(word, place):
            kept.keep(token, np.frombuffer(vector, "<f4"), place)
    if source.peek(64).strip():
        kept.note(f"more follows the {counted(count, 'word')} of the header, not read")


def _read_without_header(source: Source, kept: Kept) -> None:
    if source.peek(3) == _BYTE_ORDER_MARK:
        source.take(3, "the byte order mark")
    _read_text(source, kept, line_number=0)


def _sampled_width(source: Source, size: int | None) -> int:
    """How many numbers most of the first lines end in."""
    limit = _line_limit(size or _SAMPLE_WIDTH)
    sample = source.peek(limit)
    lines = sample.removeprefix(_BYTE_ORDER_MARK).split(b"\n")[:_SAMPLE_LINES]
    whole = lines[:-1] if len(sample) == limit and len(lines) > 1 else lines  # the last one may be cut
    widths = [_width(line, size) for line in whole if line.strip()]
    width = Counter(widths).most_common(1)[0][0] if widths else 0
    if not width or b"\0" in sample:
        raise source.refusal("no word with numbers here", "give GloVe, word2vec or fastText vectors", ":1")
    return width


def _width(line: bytes, size: int | None) -> int:
    """How many numbers a line ends in; `size` where that is the number of its fields but one."""
    fields = line.split()
    if size and len(fields) == size + 1:
        return size
    numbers = 0
    for field in reversed(fields[1:]):
        try:
            float(field)
        except ValueError:
            break
        numbers += 1
    return numbers


def _line_limit(size: int) -> int:
    return (1 << 16) + _MAX_NUMBER_BYTES * size


def _read_text(source: Source, kept: Kept, line_number: int) -> tuple[int, bool]:
    """Keep what is wanted of the lines that are left; the number of words there are, and whether the last
    line ends, as it does in a file that `head` has made shorter.

    The numbers of a word that is not wanted are never parsed, only counted by their spaces.
    """
    import numpy as np

    words, limit, whole = 0, _line_limit(kept.size), True
    with np.errstate(over="ignore"):  # a number beyond float32 is not finite, which is refused
        while line := source.line(limit):
            line_number, whole = line_number + 1, line.endswith(b"\n")
            place = f":{line_number}"
            if len(line) == limit:
                raise source.refusal(f"a line of {limit:,} bytes or more", "is it word vectors?", place)
            if fields := _fields(line, kept, place):
                words += 1
                if token := kept.wants(fields[0], place):
                    _keep_numbers(kept, token, fields[1], place)
    return words, whole


def _fields(line: bytes, kept: Kept, place: str) -> tuple[bytes, bytes] | None:
    """The word, which may contain spaces, and its numbers with a space between; nothing of a blank line."""
    line = line.replace(b"\t", b" ").rstrip()
    spaces = line.count(b" ")
    if spaces == kept.size:
        word, _, numbers = line.partition(b" ")
        return word, numbers
    if not line:
        return None
    word, *several = line.rsplit(None, kept.size)
    if len(several) < kept.size:
        message = f"{counted(len(several), 'number')} where {kept.size} are expected"
        raise kept.source.refusal(message, "is it cut off here? download or copy it again", place)
    return word, b" ".join(several)


def _keep_numbers(kept: Kept, token: bytes, numbers: bytes, place: str) -> None:
    import numpy as np

    try:
        kept.keep(token, np.array(numbers.split(b" "), np.float32), place)
    except ValueError as error:
        raise kept.source.refusal(str(error), "mend the line, or leave it out", place) from error
