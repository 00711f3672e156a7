"""How the time of a function grows with the length of a text.

A time that doubles with the text has the exponent 1, one that goes with the square has 2. First the least of
several goes is taken, as a busy machine makes it larger, never smaller; what looks steep is measured again by
turns in processor time, so long that the ticks of its clock (10 ms in places) do not matter.
"""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

STEEP = 1.5
LONGEST = 1 << 14  # characters
FARTHEST = 1_000_000  # as long as a text may be
FAR_SECONDS = 0.2  # for a text that long, if time stays in proportion; a slower function gets a shorter one
ENOUGH_SECONDS = 0.01  # there is no need for a longer text
NOTICED_SECONDS = 0.003  # what takes less is no evidence
FAR_NOTICED_SECONDS = 0.03
CAREFUL_SECONDS = 0.1
FAR_SECONDS_OF_ALL = 3.0  # of processor time; what is left of the limit is for a text that never ends

# a part that is repeated, and an end on which a regular expression fails after all of it
PARTS = (
    ("a", "!"),
    (" ", "a"),
    ("a ", "!"),
    ("A.", "a"),
    ("0", "!"),
    ("-", "a"),
    ("'", "a"),
    ("&#", "a"),
    ("\n", "a"),
    ("\u00e9", "!"),
    ("\u0301", "a"),
    ("\u200d", "a"),
    ("", "!"),
)
# beginnings of what regular expressions look for the end of; most tokenizers know none of them
OPENERS = (
    *'!"#$%&()*+,./:;<=>?@[\\]^_`{|}~',
    "<!--",
    "<a ",
    "/* ",
    "{% ",
    "http://",
    "www.",
    "a@",
    "1,",
    "[a](",
)
OPENER_CHARS = 1 << 12
LETTERS = str.maketrans("0123456789", "abcdefghij")


def text_of(part: str, end: str, chars: int) -> str:
    """The part again and again, and the end; for the part "" words that are all different."""
    if part:
        return (part * (chars // len(part) + 1))[:chars] + end
    words = (f"{number:05}".translate(LETTERS) + f"{number:05}" for number in range(chars // 11 + 1))
    return " ".join(words)[:chars] + end


@dataclass(frozen=True)
class Growth:
    """The time of a text, and of one a quarter as long."""

    shown: str
    chars: int
    seconds: float
    quarter_seconds: float

    @property
    def exponent(self) -> float:
        return math.log(max(self.seconds, 1e-6) / max(self.quarter_seconds, 1e-6), 4)

    @property
    def steep(self) -> bool:
        return self.seconds > NOTICED_SECONDS and self.exponent > STEEP

    @property
    def sentence(self) -> str:
        return (
            f"{self.shown} takes {self.seconds * 1000:.3g} ms with {self.chars:,} characters and "
            f"{self.quarter_seconds * 1000:.3g} ms with a quarter of them: it grows with the length to the "
            f"power of {self.exponent:.2g}"
        )


def measured(
    tokenize: Callable[[str], object], tell: Callable[[object], None]
) -> list[tuple[str, int, float, float]]:
    """The fields of a `Growth` for each part, up to one that is steep; before each text `tell` is told its
    length and what it is.
    """
    tokenize("a word")  # what is made on the first call is not counted
    tokenize("\u00e9")
    gc.disable()  # it looks through all that is in memory now and then
    found = []
    for part, end in (*PARTS, *((opener, "") for opener in OPENERS)):
        if part in OPENERS and not _suspicious(tokenize, tell, part):
            continue
        found.append(_growth(tokenize, tell, part, end))
        if Growth(*found[-1]).steep:
            break
    return found


def _suspicious(tokenize: Callable[[str], object], tell: Callable[[object], None], part: str) -> bool:
    """Whether one look finds it steep: what is looked at closely then, and costs little where it is not."""
    tell((OPENER_CHARS, _shown(part, "")))
    long, short = (
        _least_seconds(tokenize, text_of(part, "", chars), goes=2)
        for chars in (OPENER_CHARS, OPENER_CHARS // 4)
    )
    return Growth(part, OPENER_CHARS, long, short).steep


def _shown(part: str, end: str) -> str:
    what = f"a text of {part!a} again and again" if part else "a text of words that are all different"
    return what + f" and {end!a} at its end" * bool(end)


def _growth(
    tokenize: Callable[[str], object], tell: Callable[[object], None], part: str, end: str
) -> tuple[str, int, float, float]:
    shown = _shown(part, end)
    chars, seconds = 16, 0.0
    while chars < LONGEST and seconds < ENOUGH_SECONDS:
        chars *= 2
        short, long = (text_of(part, end, size) for size in (chars // 4, chars))
        tell((chars, shown))
        seconds = _least_seconds(tokenize, long, goes=2)
        if seconds >= ENOUGH_SECONDS:
            seconds = min(seconds, _least_seconds(tokenize, long, goes=5))
    quarter_seconds = _least_seconds(tokenize, short, goes=10)
    near = _confirmed(tokenize, long, short, Growth(shown, chars, seconds, quarter_seconds))
    found = _far(tokenize, tell, part, end, near)
    return shown, found.chars, found.seconds, found.quarter_seconds


def _far(
    tokenize: Callable[[str], object], tell: Callable[[object], None], part: str, end: str, near: Growth
) -> Growth:
    """The growth at the longest text there is time for: what goes with the square may be small at first.

    It is steep where it is so twice in a row: once is what memory costs that the system gives anew each time.
    """
    found, farthest = near, min(FARTHEST, int(near.chars * FAR_SECONDS / max(near.seconds, 1e-9)))
    while found.chars < farthest and not near.steep and time.process_time() < FAR_SECONDS_OF_ALL:
        chars, before = min(farthest, 4 * found.chars), found
        tell((chars, near.shown))
        short, long = (text_of(part, end, size) for size in (chars // 4, chars))
        first = Growth(near.shown, chars, _processor_seconds(tokenize, long, enough=0.0), found.seconds)
        found = _confirmed(tokenize, long, short, first)
        if found.steep and found.seconds > FAR_NOTICED_SECONDS and before.exponent > STEEP:
            return found
    return near


def _confirmed(tokenize: Callable[[str], object], long: str, short: str, first: Growth) -> Growth:
    """The growth, measured again by turns where it looks steep."""
    if not first.steep:
        return first
    turns = [[_processor_seconds(tokenize, text) for text in (long, short)] for _ in range(3)]
    seconds, quarter_seconds = map(min, zip(*turns, strict=True))
    return replace(first, seconds=seconds, quarter_seconds=quarter_seconds)


def _least_seconds(tokenize: Callable[[str], object], text: str, *, goes: int) -> float:
    least = math.inf
    for _ in range(goes):
        started = time.perf_counter()
        tokenize(text)
        least = min(least, time.perf_counter() - started)
    return least


def _processor_seconds(
    tokenize: Callable[[str], object], text: str, *, enough: float = CAREFUL_SECONDS
) -> float:
    goes, spent, started = 0, 0.0, time.process_time()
    while not goes or spent < enough:
        tokenize(text)
        goes, spent = goes + 1, time.process_time() - started
    return spent / goes
