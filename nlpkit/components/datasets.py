"""The datasets in the box: files of several formats, and AG News."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from nlpkit.components.kinds import Dataset
from nlpkit.data.split import Split, bad_columns
from nlpkit.settings.values import number, refuse, whole

if TYPE_CHECKING:
    from nlpkit.data.reading.layout import Layout
    from nlpkit.data.texts import Splits
    from nlpkit.errors import NlpkitError


@dataclass(frozen=True)
class Files(Dataset):
    """Files of one format: one for train, and one each for valid and test or else rows of train.

    Files packed with gzip, bzip2 or xz are unpacked while reading.

    train: file of the texts to learn from
    valid: file of the texts to choose the best epoch by; rows of train where unset
    test: file of the texts to score; rows of train where unset
    encoding: how the files encode text
    errors: whether bytes that are no text are refused, or replaced by U+FFFD and counted
    max_chars: longest text that is read, in characters
    split: how rows of train are drawn for valid and test
    strict: whether test rows that are also in train are refused, not only reported
    allow_constant: whether a single class will do
    """

    format: ClassVar[Literal["csv", "tsv", "jsonl", "fasttext"]]

    train: Path
    valid: Path | None = None
    test: Path | None = None
    encoding: str = "utf-8"
    errors: Literal["strict", "replace"] = "strict"
    max_chars: int = 1_000_000
    split: Split = field(default_factory=Split)
    strict: bool = False
    allow_constant: bool = False

    def __post_init__(self) -> None:
        from nlpkit.data.reading.decode import encoding_problem

        problem = encoding_problem(self.encoding)
        refuse(whole(1, 2**31 - 1, max_chars=self.max_chars), {"encoding": problem} if problem else {})

    def problems_here(self) -> Iterator[NlpkitError]:
        """Files that cannot be read."""
        from nlpkit.data.reading.files import file_problems

        yield from file_problems(self.train, self.valid, self.test)

    def layout(self) -> Layout:
        """How each of the files is laid out: as the settings say that are called like a field of it."""
        from nlpkit.data.reading.layout import Layout

        given = {each.name: getattr(self, each.name, None) for each in fields(Layout)}
        given["group"] = self.split.group
        return Layout(**{name: value for name, value in given.items() if value is not None})

    def build(self) -> Callable[[], Splits]:
        return partial(_read_files, self)


def _read_files(settings: Files) -> Splits:
    from nlpkit.data.reading.readers import read_file
    from nlpkit.data.split import read_parts

    read = partial(read_file, layout=settings.layout())
    splits = read_parts(read, settings.train, settings.valid, settings.test, settings.split)
    return replace(splits, strict=settings.strict, allow_constant=settings.allow_constant)


@dataclass(frozen=True)
class Csv(Files):
    """Comma-separated files, or with another delimiter; quotes as spreadsheets write them.

    text: columns that make the text, by name or by number from 0, joined by one space
    label: column of the label, by name or by number from 0
    delimiter: the character between cells; a comma where unset
    header: whether the first row is one; found out where unset
    quoted: whether quote marks wrap cells; false where they are ordinary characters
    """

    format = "csv"

    text: tuple[str | int, ...] = ("text",)
    label: str | int = "label"
    delimiter: str | None = None
    header: bool | None = None
    quoted: bool = True

    def __post_init__(self) -> None:
        from nlpkit.data.reading.layout import delimiter_problem

        problem = "" if self.delimiter is None else delimiter_problem(self.delimiter)
        refuse(_bad_columns(self), {"delimiter": problem} if problem else {})


@dataclass(frozen=True)
class Tsv(Files):
    """Tab-separated files.

    text: columns that make the text, by name or by number from 0, joined by one space
    label: column of the label, by name or by number from 0
    header: whether the first row is one; found out where unset
    quoted: whether quote marks wrap cells; false where they are ordinary characters
    """

    format = "tsv"
    delimiter: ClassVar = "\t"

    text: tuple[str | int, ...] = ("text",)
    label: str | int = "label"
    header: bool | None = None
    quoted: bool = True

    def __post_init__(self) -> None:
        refuse(_bad_columns(self))


@dataclass(frozen=True)
class Jsonl(Files):
    """JSON Lines: one object a line.

    text: keys that make the text, joined by one space
    label: key of the label
    coerce: whether numbers and true or false may be texts, as they are written
    """

    format = "jsonl"

    text: tuple[str, ...] = ("text",)
    label: str = "label"
    coerce: bool = False

    def __post_init__(self) -> None:
        refuse(_bad_columns(self))


@dataclass(frozen=True)
class FastText(Files):
    """fastText's format: a label with a prefix and then the text, on each line.

    label_prefix: what labels begin with
    """

    format = "fasttext"

    label_prefix: str = "__label__"

    def __post_init__(self) -> None:
        unfit = self.label_prefix.split() != [self.label_prefix]
        refuse(
            _no_group(self.split, "fastText files have no columns to group by"),
            {"label_prefix": "is empty or has a space in it"} if unfit else {},
        )


@dataclass(frozen=True)
class AgNews(Dataset):
    """AG News: 120,000 news headlines with their first sentences, in four classes; 7,600 for test.

    Taken from $NLPKIT_DATA_DIR/ag_news or the cache folder, else downloaded into the cache folder.

    split: how rows of train are drawn for valid
    fallback: dataset that stands in, and says so, where AG News cannot be downloaded
    """

    split: Split = field(default_factory=lambda: Split(valid_fraction=0.05, test_fraction=0.0))
    fallback: Dataset | None = None

    def __post_init__(self) -> None:
        refuse(_no_group(self.split, "AG News has no column to group by"))

    def build(self) -> Callable[[], Splits]:
        from nlpkit.data.ag_news import read_ag_news

        return partial(read_ag_news, self.split, self.fallback.build() if self.fallback else None)


@dataclass(frozen=True)
class Headlines(Dataset):
    """Invented news headlines: World, Sports, Business and Sci/Tech, with nothing to download.

    train_size: training rows
    valid_size: validation rows
    test_size: test rows
    order_fraction: the share of rows whose class only the order of the words tells
    seed: another seed gives other rows
    """

    train_size: int = 8000
    valid_size: int = 800
    test_size: int = 2000
    order_fraction: float = 0.5
    seed: int = 0

    def __post_init__(self) -> None:
        sizes = {"train_size": self.train_size, "valid_size": self.valid_size, "test_size": self.test_size}
        refuse(
            whole(1, 10_000_000, **sizes),
            number(0, 1, order_fraction=self.order_fraction),
            whole(0, 2**63 - 1, seed=self.seed),
        )

    def build(self) -> Callable[[], Splits]:
        from nlpkit.data.headlines import headlines

        return partial(headlines, **vars(self))


def _bad_columns(settings: Csv | Tsv | Jsonl) -> dict[str, str]:
    problems = {} if settings.text else {"text": "is empty; name one column or more"}
    for column in reversed(settings.text):
        problems |= bad_columns(text=column)
    return problems | bad_columns(label=settings.label)


def _no_group(split: Split, problem: str) -> dict[str, str]:
    return {} if split.group is None else {"split": problem}
