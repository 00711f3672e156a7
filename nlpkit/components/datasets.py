"""The datasets in the box: files of several formats, and AG News."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from nlpkit.components.kinds import Dataset
from nlpkit.data.reading.allowed import bad_columns
from nlpkit.data.reading.layout import (
    ArrowLayout,
    ClassFilesLayout,
    CsvLayout,
    FastTextLayout,
    FoldersLayout,
    JsonLayout,
    JsonlLayout,
    LabelTextLayout,
    Layout,
    ParquetLayout,
    TsvLayout,
    TxtLayout,
)
from nlpkit.data.split import Split
from nlpkit.settings.values import number, refuse, whole

if TYPE_CHECKING:
    from nlpkit.data.reading.readers import TextFile
    from nlpkit.data.texts import Splits
    from nlpkit.errors import NlpkitError


@dataclass(frozen=True)
class Files(Dataset):
    """Files of one layout: one for train, and one each for valid and test or else rows of train.

    A format inherits its layout as well, whose fields are settings beside these. Files packed with gzip,
    bzip2 or xz are unpacked while reading.

    train: file of the texts to learn from
    valid: file of the texts to choose the best epoch by; rows of train where unset
    test: file of the texts to score; rows of train where unset
    split: how rows of train are drawn for valid and test
    strict: whether test rows that are also in train are refused, not only reported
    allow_constant: whether a single class will do
    slices: columns whose values have scores of their own, by name or by number from 0
    """

    layout_class: ClassVar[type[Layout]]

    train: Path
    valid: Path | None = None
    test: Path | None = None
    split: Split = field(default_factory=Split)
    strict: bool = False
    allow_constant: bool = False
    slices: tuple[str | int, ...] = ()

    def problems_here(self) -> Iterator[NlpkitError]:
        """Files and folders that cannot be read."""
        from nlpkit.data.reading.layout import Folder
        from nlpkit.data.reading.source.files import file_problems
        from nlpkit.data.reading.source.folder import folder_problems

        problems = folder_problems if issubclass(self.layout_class, Folder) else file_problems
        paths = [path for path in (self.train, self.valid, self.test) if path is not None]
        yield from problems(*paths, *map(self.labels_of, paths))

    def __post_init__(self) -> None:
        twice = next((each for place, each in enumerate(self.slices) if each in self.slices[:place]), None)
        refuse(
            {} if twice is None else {"slices": f"{twice!r} is named twice"},
            *(bad_columns(slices=column) for column in reversed(self.slices)),
        )
        if not hasattr(self.layout_class, "text"):
            format = self.layout_class.format
            none = {"slices": f"{format} data has no columns beside text and label"} if self.slices else {}
            refuse(_no_group(self.split, f"{format} data has no columns to group by"), none)

    @property
    def layout(self) -> Layout:
        """How each of the files is laid out."""
        return self.layout_class(
            **{each.name: getattr(self, each.name) for each in fields(self.layout_class)}
        )

    def labels_of(self, path: Path) -> Path | None:
        """The file that has the labels of another one; None where each file has its own."""
        return None

    def build(self) -> Callable[[], Splits]:
        return partial(_read_files, self)


def _read_files(settings: Files) -> Splits:
    from nlpkit.data.reading.columns import Asked
    from nlpkit.data.reading.readers import read_file
    from nlpkit.data.split import read_parts

    group = settings.split.group
    others = () if group is None else (group,)

    header: tuple[str, ...] = ()
    separator: str | None = None  # of the labels of a text, as train has it

    def read(path: Path) -> TextFile:
        nonlocal header, separator
        slices = settings.slices if path == (settings.test or settings.train) else ()
        asked, layout = Asked(others=others, labels=settings.labels_of(path), slices=slices), settings.layout
        if separator:
            layout = replace(layout, label_separator=separator)
        found = read_file(path, layout, asked, header)
        header, separator = header or found.header, separator or found.layout.label_separator
        return found

    splits = read_parts(read, settings.train, settings.valid, settings.test, settings.split)
    return replace(splits, strict=settings.strict, allow_constant=settings.allow_constant)


@dataclass(frozen=True)
class Csv(CsvLayout, Files):
    """Comma-separated files, or with another delimiter; quotes as spreadsheets write them."""

    layout_class = CsvLayout


@dataclass(frozen=True)
class Tsv(TsvLayout, Files):
    """Tab-separated files."""

    layout_class = TsvLayout


@dataclass(frozen=True)
class Jsonl(JsonlLayout, Files):
    """JSON Lines: one object a line."""

    layout_class = JsonlLayout


@dataclass(frozen=True)
class Json(JsonLayout, Files):
    """JSON documents: each with an array of objects in it."""

    layout_class = JsonLayout


@dataclass(frozen=True)
class Parquet(ParquetLayout, Files):
    """Parquet files, which the extra `arrow` reads."""

    layout_class = ParquetLayout


@dataclass(frozen=True)
class Arrow(ArrowLayout, Files):
    """Arrow and Feather files and Arrow streams, which the extra `arrow` reads."""

    layout_class = ArrowLayout


@dataclass(frozen=True)
class FastText(FastTextLayout, Files):
    """fastText's format: a label with a prefix and then the text, on each line."""

    layout_class = FastTextLayout


@dataclass(frozen=True)
class LabelText(LabelTextLayout, Files):
    """A label and then the text, on each line, as in the files of TREC."""

    layout_class = LabelTextLayout


@dataclass(frozen=True, kw_only=True)
class Txt(TxtLayout, Files):
    """One text a line, and the labels in another file, line by line.

    train_labels: file of the labels of train
    valid_labels: file of the labels of valid
    test_labels: file of the labels of test
    """

    layout_class = TxtLayout

    train_labels: Path
    valid_labels: Path | None = None
    test_labels: Path | None = None

    def __post_init__(self) -> None:
        texts = {"train": self.train, "valid": self.valid, "test": self.test}
        labels = {"train": self.train_labels, "valid": self.valid_labels, "test": self.test_labels}
        problems = {}
        for part, path in texts.items():
            if (path is None) != (labels[part] is None):
                there, missing = (part, f"{part}_labels") if path else (f"{part}_labels", part)
                problems[missing] = f"is missing beside {there}; give both or neither"
            elif path and len({labels[other] for other in texts if texts[other] == path}) > 1:
                problems[f"{part}_labels"] = f"{path} has two files of labels; give it one"
        refuse(problems)

    def labels_of(self, path: Path) -> Path | None:
        if path == self.train:
            return self.train_labels
        return self.valid_labels if path == self.valid else self.test_labels


@dataclass(frozen=True)
class Folders(FoldersLayout, Files):
    """A folder for each class, and in it a file for each text, as in 20 Newsgroups.

    train: folder of the texts to learn from, which has the folders of the classes
    valid: folder of the texts to choose the best epoch by; texts of train where unset
    test: folder of the texts to score; texts of train where unset
    """

    layout_class = FoldersLayout


@dataclass(frozen=True)
class ClassFiles(ClassFilesLayout, Files):
    """A file for each class, and in it one text a line, as in pos.txt and neg.txt.

    train: folder of the texts to learn from, which has the files of the classes
    valid: folder of the texts to choose the best epoch by; texts of train where unset
    test: folder of the texts to score; texts of train where unset
    """

    layout_class = ClassFilesLayout


FILES: dict[str, type[Files]] = {
    each.layout_class.format: each
    for each in (Csv, Tsv, Jsonl, Json, Parquet, Arrow, FastText, LabelText, Txt, Folders, ClassFiles)
}


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
    multi_label: whether a row is about none to three of the classes, which are its labels; then no row is one
        that only the order tells
    seed: another seed gives other rows
    """

    train_size: int = 8000
    valid_size: int = 800
    test_size: int = 2000
    order_fraction: float = 0.5
    multi_label: bool = False
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


def _no_group(split: Split, problem: str) -> dict[str, str]:
    return {} if split.group is None else {"split": problem}
