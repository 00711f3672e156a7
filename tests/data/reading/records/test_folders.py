from __future__ import annotations

import gzip
import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from nlpkit.data.reading.columns import PIECE_ROWS, Asked
from nlpkit.data.reading.formats import layout_of
from nlpkit.data.reading.readers import Reading
from nlpkit.errors import DataError, NlpkitError
from tests.data.one_file import read_texts

Filled = Callable[[Mapping[str, bytes]], Path]


@pytest.fixture
def filled(tmp_path: Path) -> Filled:
    """A folder of files; a name that ends in a slash is a folder without any."""

    def fill(files: Mapping[str, bytes]) -> Path:
        for name, content in files.items():
            path = tmp_path / "corpus" / name
            (path if name.endswith("/") else path.parent).mkdir(parents=True, exist_ok=True)
            if not name.endswith("/"):
                path.write_bytes(content)
        return tmp_path / "corpus"

    return fill


def rows_of(folder: Path, **settings: Any) -> list[tuple[str, str]]:
    texts = read_texts(folder, **settings).texts
    return list(zip(texts.texts, texts.labels, strict=True))


def notes_of(folder: Path, **settings: Any) -> list[str]:
    found = read_texts(folder, **settings).notes
    return [note.text.replace(str(folder), "corpus") for note in found]


def refusal_of(folder: Path, **settings: Any) -> str:
    with pytest.raises(DataError) as refusal:
        read_texts(folder, **settings)
    return str(refusal.value).replace(str(folder), "corpus")


SPORTS = {"sports/2.txt": b"a goal\n\n won \n", "sports/10": b"match", "oil/a.txt": "öl".encode()}


def test_each_file_is_a_text_and_its_folder_the_class(filled: Filled) -> None:
    folder = filled({**SPORTS, "sports/.DS_Store": b"\0", ".git/config": b"x"})

    assert rows_of(folder, format="folders") == [
        ("öl", "oil"),
        ("match", "sports"),
        ("a goal\n\n won \n", "sports"),
    ]
    assert notes_of(folder, format="folders") == []


def test_the_hash_of_a_folder_is_that_of_the_names_and_the_hashes(filled: Filled) -> None:
    [source] = read_texts(filled(SPORTS), format="folders").files

    pairs = [f"{name}\0{hashlib.sha256(SPORTS[name]).hexdigest()}\n" for name in sorted(SPORTS)]
    assert (source.name, source.size) == ("corpus", sum(map(len, SPORTS.values())))
    assert source.sha256 == hashlib.sha256("".join(pairs).encode()).hexdigest()


def test_what_is_passed_over_is_said(filled: Filled) -> None:
    folder = filled({**SPORTS, "art/": b"", "film/": b"", "README": b"x", "urls.txt": b"y"})

    assert len(rows_of(folder, format="folders")) == 3
    assert notes_of(folder, format="folders") == [
        "corpus: passed over a folder without files, 2 times (art, film)",
        "corpus: passed over files beside the folders of the classes, 2 times (README, urls.txt)",
    ]


def test_the_classes_may_be_named(filled: Filled) -> None:
    folder = filled({**SPORTS, "unsup/1.txt": b"unknown"})

    assert {label for _, label in rows_of(folder, format="folders", classes=("oil", "sports"))} == {
        "oil",
        "sports",
    }
    assert refusal_of(folder, format="folders", classes=("sport",)) == (
        "corpus: there is no class 'sport'\n  did you mean sports?"
    )


def test_an_empty_file_is_an_empty_text_and_a_packed_one_is_unpacked(filled: Filled) -> None:
    folder = filled({"a/1.txt": b"", "a/2.txt.gz": gzip.compress(b"oil")})

    assert rows_of(folder, format="folders") == [("", "a"), ("oil", "a")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_what_is_no_file_is_passed_over(filled: Filled) -> None:
    folder = filled(SPORTS)
    os.mkfifo(folder / "sports" / "pipe")
    (folder / "sports" / "nowhere").symlink_to("missing")

    assert len(rows_of(folder, format="folders")) == 3


def test_a_linked_folder_is_a_class_too(filled: Filled) -> None:
    folder = filled(SPORTS)
    (folder / "games").symlink_to("sports")

    assert [label for _, label in rows_of(folder, format="folders")].count("games") == 2


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"train/pos/1.txt": b"x", "test/pos/2.txt": b"y"},
            "corpus/test/pos: there is a folder in the folder of a class\n"
            "  name the folder whose folders are the classes, such as corpus/test",
        ),
        (
            {"pos.txt": b"x"},
            "corpus: there is no folder of a class in this folder\n  for a file for each class, "
            'set type = "class_files"',
        ),
        (
            {"pos/": b"", "neg/": b""},
            "corpus: no class has a file\n"
            "  name a folder that has folders for the classes in it, such as pos and neg",
        ),
        (
            {".hidden": b"x"},
            "corpus: there is no folder of a class in this folder\n"
            "  name a folder that has folders for the classes in it, such as pos and neg",
        ),
        (
            {"pos/1.txt": b"x", "pos/2.txt": b"o\xffl"},
            "corpus/pos/2.txt:1: byte 0xff at offset 1 is not UTF-8\n  set the encoding that the file has, "
            'or errors = "replace" to read such bytes as U+FFFD',
        ),
        (
            {"pos/1.png": b"\x89PNG\r\n\x1a\n"},
            "corpus/pos/1.png: this is an image, not text\n  name a file of texts",
        ),
        (
            {"pos/1.txt": b"x" * 101},
            "corpus/pos/1.txt: more than 100 characters in one text\n"
            "  raise max_chars if that is right, or look for a missing line break or quote",
        ),
        (
            {"po\ns/1.txt": b"x"},
            "corpus/po\\ns: the name of a class has characters in it that cannot be printed\n"
            "  give it another name",
        ),
        (
            {"a/1.txt": b"x", "null/2.txt": b"x", "null/3.txt": b"x"},
            "corpus/null/2.txt: 2 labels are missing (null/2.txt, null/3.txt)\n"
            "  label them or remove them; if 'null' should be a class, set label_type = \"string\"",
        ),
    ],
)
def test_a_folder_that_cannot_be_read_is_refused_by_path(
    filled: Filled, files: Mapping[str, bytes], message: str
) -> None:
    assert refusal_of(filled(files), format="folders", max_chars=100) == message


def test_encoding_and_errors_are_heeded(filled: Filled) -> None:
    folder = filled({"a/1.txt": b"\xd6l", "a/2.txt": b"\xd6\xff", "b/3.txt": b"c"})

    assert rows_of(folder, format="folders", encoding="latin-1")[0] == ("Öl", "a")
    assert rows_of(folder, format="folders", errors="replace")[0] == ("\ufffdl", "a")
    assert notes_of(folder, format="folders", errors="replace") == [
        "corpus: read bytes that are no text as U+FFFD, 3 times (a/1.txt:1, a/2.txt:1, a/2.txt:1)"
    ]


@pytest.mark.parametrize(
    ("format", "texts"),
    [("folders", ["one", "two\nlines\n", "öl"]), ("class_files", ["one", "two", "lines", "öl"])],
)
def test_without_labels_every_file_below_is_read(filled: Filled, format: str, texts: list[str]) -> None:
    folder = filled({"b/c/2.txt": b"two\nlines\n", "b/1.txt": b"one", "z": "öl".encode(), ".x/3": b"no"})

    assert [text for text, _ in rows_of(folder, format=format, labelled=False)] == texts


def test_links_in_a_circle_are_refused(filled: Filled) -> None:
    folder = filled({"a/1.txt": b"x"})
    (folder / "a" / "up").symlink_to("..")

    assert refusal_of(folder, format="folders", labelled=False) == (
        "corpus/a/up: the symbolic links go round in a circle\n  remove the link"
    )


def test_a_folder_without_files_is_refused_where_labels_are_not_asked_for(filled: Filled) -> None:
    assert refusal_of(filled({"a/": b""}), format="folders", labelled=False) == (
        "corpus: there are no files in this folder\n  name another folder"
    )


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (("all.neg", "all.pos"), ["neg", "pos"]),
        (("neg.txt", "pos.txt"), ["neg", "pos"]),
        (("neg", "pos"), ["neg", "pos"]),
        (("rt.polarity.neg", "rt.polarity.pos"), ["neg", "pos"]),
        (("v1.neg.txt", "v1.pos.txt"), ["v1.neg", "v1.pos"]),
    ],
)
def test_the_part_of_the_names_that_differs_is_the_class(
    filled: Filled, names: tuple[str, str], labels: list[str]
) -> None:
    folder = filled({names[0]: b"bad\n\n \nworse", names[1]: b" good\r\n"})

    expected = [("bad", labels[0]), ("worse", labels[0]), (" good", labels[1])]
    assert rows_of(folder, format="class_files") == expected
    assert notes_of(folder, format="class_files") == []


def test_the_ending_of_a_packed_class_file_is_the_one_before(filled: Filled) -> None:
    folder = filled({"all.pos.gz": gzip.compress(b"good\n"), "all.neg": b"bad\n"})

    assert rows_of(folder, format="class_files") == [("bad", "neg"), ("good", "pos")]


def test_the_classes_say_which_files_are_read(filled: Filled) -> None:
    folder = filled({"pos.txt": b"good", "neg.txt": b"bad", "README": b"x", "more/1": b"y", "one.text": b"z"})

    assert rows_of(folder, format="class_files", classes=("pos", "neg")) == [("bad", "neg"), ("good", "pos")]
    assert notes_of(folder, format="class_files", classes=("pos", "neg")) == [
        "corpus: passed over folders beside the files of the classes, once (more)"
    ]


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            {"all.pos": b"x", "some.neg": b"y"},
            "corpus: the names of the 2 files differ before the ending and in it: all.pos, some.neg",
        ),
        ({"all.pos": b"x"}, "corpus: one file does not say whether its class is 'all' or 'pos'"),
        (
            {"pos/1": b"x"},
            "corpus: there is no file of a class in this folder\n  for a folder for each class",
        ),
        ({"a.neg": b"bad\n", "a.pos": b"good\no\xff"}, "corpus/a.pos:2: byte 0xff at offset 6 is not UTF-8"),
        ({"a.neg": b"bad\n", "a.pos": b"good\n" + b"x" * 101}, "corpus/a.pos:2: more than 100 characters"),
        ({"none.txt": b"a", "null.txt": b"b\n"}, "corpus/null.txt:1: the label is missing"),
        (
            {"1.txt": b"a", "1.0.txt": b"b\n"},
            "corpus/1.txt:1: the labels '1.0' (1.0.txt:1) and '1' (1.txt:1)",
        ),
    ],
)
def test_class_files_that_cannot_be_read_are_refused_by_path(
    filled: Filled, files: Mapping[str, bytes], message: str
) -> None:
    assert refusal_of(filled(files), format="class_files", max_chars=100).startswith(message)


def test_a_class_file_without_texts_is_said(filled: Filled) -> None:
    folder = filled({"a.neg": b"", "a.pos": b"good", "a.so": b" \n\n"})

    assert rows_of(folder, format="class_files") == [("good", "pos")]
    assert notes_of(folder, format="class_files") == [
        "corpus: passed over a file without texts, 2 times (a.neg, a.so)"
    ]


@pytest.mark.parametrize("format", ["folders", "class_files"])
def test_a_file_is_no_folder(filled: Filled, format: str) -> None:
    path = filled({"a.txt": b"x"}) / "a.txt"

    assert refusal_of(path, format=format) == (
        "corpus: this is a file, not a folder\n  name the folder it is in, or set the format of the file, "
        'type = "FORMAT"'
    )
    missing = refusal_of(path.parent / "none", format=format)
    assert missing == "corpus: there is no such file\n  check the path"


@pytest.mark.parametrize("format", ["folders", "class_files"])
def test_folders_are_read_piece_by_piece(filled: Filled, format: str) -> None:
    count = PIECE_ROWS + 3
    texts = [f"oil {number:05}" for number in range(count)]
    folder = filled(
        {f"a/{text}": text.encode() for text in texts}
        if format == "folders"
        else {"a.txt": "\n".join(texts).encode(), "b.txt": b""}
    )

    reading = Reading(folder, layout_of(folder, {}, format=format), Asked())
    fractions, found = [], []
    for piece in reading:
        assert len(piece.texts) <= PIECE_ROWS
        found += piece.texts
        fractions.append(reading.fraction)

    assert found == texts
    assert fractions == sorted(fractions)
    assert 0 < fractions[0] <= 1


def test_long_texts_make_small_pieces(filled: Filled) -> None:
    folder = filled({f"a/{number}": b"x" * 1_000_000 for number in range(9)})

    reading = Reading(folder, layout_of(folder, {}, format="folders"))
    assert [len(piece.texts) for piece in reading] == [5, 4]


@pytest.mark.parametrize("format", ["folders", "class_files"])
def test_damaged_files_are_read_or_refused_and_nothing_else(filled: Filled, format: str) -> None:
    content = "oil é\nart\n".encode()
    for place in range(len(content)):
        for byte in (content[place] ^ 0x90, 0xFF, 0x00):
            damaged = content[:place] + bytes([byte]) + content[place + 1 :]
            name = "a/1" if format == "folders" else "a.txt"
            folder = filled({name: damaged, name.replace("a", "b"): content})
            try:
                assert {label for _, label in rows_of(folder, format=format)} <= {"a", "b"}
            except NlpkitError as refusal:
                assert name in refusal.location
                assert refusal.hint
