"""What a tokenizer promises."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import takewhile

from nlpkit.components.kinds import Tokenizer
from nlpkit.testing.fresh import OutOfTime, elsewhere_of
from nlpkit.testing.growth import Growth, measured
from nlpkit.testing.portable import GONE, elsewhere, kept_of
from nlpkit.testing.promises import Bench, BrokenPromise, Promise, after_pickle, expect, trying
from nlpkit.testing.samples import AWKWARD_TEXTS, alike_texts
from nlpkit.testing.settings import PROMISES as SETTINGS
from nlpkit.testing.settings import survives_a_file
from nlpkit.testing.surroundings import leaves_the_process_alone

Tokenize = Callable[[str], list[str]]

CPU_SECONDS = 30  # for all texts that grow; a usual tokenizer takes a few


@dataclass
class TokenizerBench(Bench):
    """Awkward texts, and the function that the settings build once they have learned from ordinary ones."""

    component: Tokenizer

    def uses(self) -> Iterator[str]:
        learned = replace(self.component).fitted(training_texts())
        yield "fitted(texts)"
        tokenize = learned.build()
        yield "build()"
        tokens_of(tokenize, AWKWARD_TEXTS)
        yield "tokenizing"

    @cached_property
    def learned(self) -> Tokenizer:
        from nlpkit.text.indexing import Cleaned

        with trying("fitted(texts)"):
            return replace(self.component).fitted(Cleaned(training_texts(), "none"))

    def build(self) -> Tokenize:
        with trying("build()"):
            return self.learned.build()


def training_texts() -> list[str]:
    """Invented headlines, and the awkward texts as a run cleans them."""
    from nlpkit.components.datasets import Headlines
    from nlpkit.text.indexing import clean

    splits = Headlines(train_size=100, valid_size=1, test_size=1).build()()
    return [*splits.train.texts, *(clean(text, "none") for text in AWKWARD_TEXTS)]


def tokens_of(tokenize: Tokenize, texts: Iterable[str]) -> list[list[str]]:
    """The tokens of each text; an error names the text."""
    found = []
    for text in texts:
        with trying(f"the text {text[:60]!a}"):
            found.append(tokenize(text))
    return found


def gives_strings(bench: TokenizerBench) -> None:
    """Lone surrogates, control characters and nothing at all are texts."""
    tokenize = bench.build()
    for text, tokens in zip(AWKWARD_TEXTS, tokens_of(tokenize, AWKWARD_TEXTS), strict=True):
        expect(type(tokens) is list, f"the text {text[:60]!a} gives a {type(tokens).__name__}")
        others = [token for token in tokens if not isinstance(token, str)]
        expect(not others, f"among the tokens of the text {text[:60]!a} is {others and others[0]!r}")


def keeps_no_state(bench: TokenizerBench) -> None:
    """In any order, again and again, and by another function from the same settings."""
    tokenize = bench.build()
    first = deepcopy(tokens_of(tokenize, AWKWARD_TEXTS))
    _expect_same(first, tokens_of(tokenize, reversed(AWKWARD_TEXTS))[::-1], "the second time")
    _expect_same(first, tokens_of(bench.build(), AWKWARD_TEXTS), "after another build")
    tokenize(AWKWARD_TEXTS[3]).append("another")
    again = tokenize(AWKWARD_TEXTS[3])
    expect(again == first[3], "a list of tokens that is changed changes the tokens of the same text later")


def can_be_pickled(bench: TokenizerBench) -> None:
    """It is sent to other processes."""
    tokenize = bench.build()
    sent = after_pickle(tokenize)
    _expect_same(tokens_of(tokenize, AWKWARD_TEXTS), tokens_of(sent, AWKWARD_TEXTS), "after pickle")


def is_the_same_elsewhere(bench: TokenizerBench) -> None:
    """Another process hashes strings in another way, so that sets have another order."""
    tokenize = bench.build()
    here = tokens_of(tokenize, AWKWARD_TEXTS)
    _expect_same(here, elsewhere_of(tokens_of, tokenize, list(AWKWARD_TEXTS)), "in another process")


def tells_texts_apart(bench: TokenizerBench) -> None:
    """What is kept of texts, such as a memo of their tokens, is found by the whole text. In another process
    they come the other way round, and so what is mistaken for what is another text there.
    """
    texts = alike_texts()
    here = tokens_of(bench.build(), texts)
    _expect_apart(texts, here, tokens_of(bench.build(), texts[::-1])[::-1])
    _expect_apart(texts, here, elsewhere_of(tokens_of, bench.build(), texts[::-1])[::-1])


def _expect_apart(texts: Sequence[str], tokens: Sequence[object], others: Sequence[object]) -> None:
    for text, one, other in zip(texts, tokens, others, strict=True):
        expect(
            one == other,
            f"the tokens of the text {text[:60]!a}, {len(text):,} characters, depend on the texts before it; "
            f"a memo needs the whole text as its key",
        )


def takes_time_in_proportion(bench: TokenizerBench) -> None:
    """In a process of its own, as a regular expression can take for ever and cannot be interrupted."""
    try:
        found = elsewhere_of(measured, bench.build(), tells=True, cpu_seconds=CPU_SECONDS)
    except OutOfTime as late:
        chars, shown = late.told[-1] if late.told else (0, "no text")
        expect(
            False,
            f"of {CPU_SECONDS} seconds of one core {shown} with {chars:,} characters took what was left",
        )
    for growth in (Growth(*each) for each in found):
        expect(not growth.steep, growth.sentence)


def _expect_same(first: list[list[str]], found: list[list[str]], when: str) -> None:
    """The tokens of each awkward text are the same, or the first place where they part is told."""
    for text, tokens, others in zip(AWKWARD_TEXTS, first, found, strict=True):
        if tokens != others:
            pairs = zip(tokens, others, strict=False)
            place = len(list(takewhile(lambda pair: pair[0] == pair[1], pairs)))
            parted = f"{others[place : place + 3]!a} where it was {tokens[place : place + 3]!a}"
            expect(False, f"the text {text[:60]!a} gives {parted}, from token {place}, {when}")


def learns_without_changing(bench: TokenizerBench) -> None:
    """What is learned is in new settings of the same type, and the texts are only read."""
    from nlpkit.text.indexing import Cleaned

    texts = training_texts()
    before = replace(bench.component), list(texts)
    with trying("fitted(texts)"):
        learned, again = bench.component.fitted(texts), bench.component.fitted(Cleaned(texts, "none"))
    kind = type(bench.component).__name__
    expect(type(learned) is type(bench.component), f"fitted gives a {type(learned).__name__}, not a {kind}")
    expect(
        (bench.component, texts) == before, "fitted has changed the settings it was called on, or the texts"
    )
    expect(learned == again, "fitted gives other settings when it is called again with the same texts")
    with trying("fitted(texts) of what has learned already"):
        learned.fitted(texts)


def learns_the_same_elsewhere(bench: TokenizerBench) -> None:
    """Another process hashes strings in another way, so that sets have another order."""
    texts = training_texts()
    here = _learned(replace(bench.component), texts)
    found = elsewhere_of(_learned, replace(bench.component), texts)
    if here != found:
        advice = "sort what comes from a set, and break ties by the tokens themselves"
        raise BrokenPromise(f"another process learns {_parted(here, found)}; {advice}")


def _learned(component: Tokenizer, texts: list[str]) -> list[str]:
    """What it has learned, and the tokens that it gives then, as text that hides no order."""
    from nlpkit.text.indexing import Cleaned

    learned = component.fitted(Cleaned(texts, "none"))
    return [repr(learned), repr(tokens_of(learned.build(), texts))]


def _parted(here: list[str], there: list[str]) -> str:
    """Where two pairs of settings and tokens part, in short."""
    kinds = ("the settings", "the tokens")
    kind, one, other = next(each for each in zip(kinds, here, there, strict=True) if each[1] != each[2])
    place = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))))
    start = max(0, place - 20)
    return f"{kind} ...{other[start : start + 50]!a} where this one learns ...{one[start : start + 50]!a}"


def keeps_what_it_learned(bench: TokenizerBench) -> None:
    """A model's settings.toml has it, and the tokens are the same."""
    survives_a_file(Bench(bench.learned))
    tokens = tokens_of(bench.build(), AWKWARD_TEXTS)
    others = tokens_of(replace(bench.learned).build(), AWKWARD_TEXTS)
    expect(tokens == others, "equal settings build functions that give other tokens")


def loads_without_files(bench: TokenizerBench) -> None:
    texts = [*AWKWARD_TEXTS, *training_texts()[:20]]
    with elsewhere(bench.learned) as settings:
        expected = tokens_of(_built(settings), texts)
        kept = kept_of(settings)
    expect(tokens_of(_built(kept), texts) == expected, "it gives other tokens then")


def _built(settings: Tokenizer) -> Tokenize:
    with trying("build()"):
        return settings.build()


PROMISES: tuple[Promise[TokenizerBench], ...] = (
    *SETTINGS,
    Promise("any text gives a list of strings", gives_strings),
    Promise("the same text gives the same tokens", keeps_no_state),
    Promise("it can be pickled", can_be_pickled),
    Promise("another process gives the same tokens", is_the_same_elsewhere),
    Promise("no text gets the tokens of another", tells_texts_apart),
    Promise("time is in proportion to the length of a text", takes_time_in_proportion),
    Promise("learning gives new settings and changes nothing", learns_without_changing),
    Promise("another process learns the same", learns_the_same_elsewhere),
    Promise("what it has learned survives a TOML file", keeps_what_it_learned),
    Promise(GONE, loads_without_files),
    Promise("it changes nothing of the process", leaves_the_process_alone),
)
