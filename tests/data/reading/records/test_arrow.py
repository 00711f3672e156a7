from __future__ import annotations

import hashlib
import sys
from pathlib import Path
from typing import Any

import pytest

from nlpkit.data.reading.columns import PIECE_ROWS, Asked
from nlpkit.data.reading.formats import layout_of
from nlpkit.data.reading.readers import Reading, read_file
from nlpkit.errors import DataError, MissingError, NlpkitError
from tests.data.one_file import read_texts

pa = pytest.importorskip("pyarrow", reason="the extra arrow is not installed")
KINDS = ("parquet", "plain parquet", "arrow", "stream", "feather")


def saved(table: Any, folder: Path, kind: str) -> Path:
    """A table, written as a file of some kind."""
    import pyarrow.feather as feather
    import pyarrow.parquet as parquet

    path = folder / f"a.{'parquet' if 'parquet' in kind else 'feather' if kind == 'feather' else 'arrow'}"
    if kind == "parquet":
        parquet.write_table(table, path)
    elif kind == "plain parquet":
        parquet.write_table(table, path, use_dictionary=False, compression="none", row_group_size=2)
    elif kind == "feather":
        feather.write_feather(table, path)
    else:
        made = pa.ipc.new_file if kind == "arrow" else pa.ipc.new_stream
        with pa.OSFile(str(path), "wb") as file, made(file, table.schema) as writer:
            writer.write_table(table)
    return path


def refusal_of(path: Path, **settings: Any) -> str:
    with pytest.raises(DataError) as refusal:
        read_texts(path, **settings)
    return str(refusal.value).replace(str(path), path.name)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "texts",
    [
        pa.array(["oil é", "", "art"]),
        pa.array(["oil é", "", "art"], pa.large_string()),
        pa.array(["oil é", "", "art"]).dictionary_encode(),
    ],
    ids=["string", "large_string", "dictionary"],
)
def test_a_column_of_strings_is_read_however_it_is_kept(texts: Any, kind: str, tmp_path: Path) -> None:
    path = saved(pa.table({"id": [7, 8, 9], "label": ["a", "b", "a"], "text": texts}), tmp_path, kind)

    found = read_texts(path)

    assert list(found.texts.texts) == ["oil é", "", "art"]
    assert list(found.texts.labels) == ["a", "b", "a"]
    [source] = found.files
    assert (source.name, source.size) == (path.name, path.stat().st_size)
    assert source.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.notes == ()


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        ([1, 0, 1], ["1", "0", "1"]),
        ([True, False, True], ["true", "false", "true"]),
        ([0.5, 1.0, 0.5], ["0.5", "1.0", "0.5"]),
    ],
)
def test_labels_may_be_numbers_and_truths(labels: list[Any], names: list[str], tmp_path: Path) -> None:
    path = saved(pa.table({"text": ["oil", "art", "gas"], "label": labels}), tmp_path, "parquet")

    assert list(read_texts(path).texts.labels) == names


def test_several_columns_and_a_group_are_read(tmp_path: Path) -> None:
    table = pa.table({"title": ["a", "b"], "body.full": ["c", "d"], "by": [1, 2], "topic": ["x", "y"]})
    path = saved(table, tmp_path, "parquet")

    layout = layout_of(path, {"text": ("title", "body.full"), "label": "topic"})
    texts = read_file(path, layout, Asked(others=("by",))).texts
    assert (list(texts.texts), texts.labels, texts.groups) == (["a c", "b d"], ["x", "y"], ["1", "2"])


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_wanted_columns_have_to_be_sound(kind: str, tmp_path: Path) -> None:
    table = pa.table({"text": ["oil"], "picture": pa.array([b"\xff\x00"]), "label": ["a"]})

    assert list(read_texts(saved(table, tmp_path, kind)).texts.texts) == ["oil"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"text": ["oil", None], "label": ["a", "b"]}, ", row 2: 'text' is null, not a string"),
        ({"text": ["oil", "art"], "label": ["a", None]}, ", row 2: the label is missing"),
        (
            {"text": ["a", "b", "c"], "label": [None, "a", None]},
            ", row 1: 2 labels are missing (rows 1, 3)",
        ),
        (
            {"text": ["oil"], "label": [["a", "b"]]},
            ", row 1: several labels of one text",
        ),
        ({"text": [3], "label": ["a"]}, ", row 1: 'text' is a number, not a string\n  set coerce = true"),
        ({"text": [b"oil"], "label": ["a"]}, ", row 1: 'text' is a bytes, not a string"),
        ({"text": ["o\0l"], "label": ["a"]}, ", row 1: a NUL character in the text\n  remove it"),
        ({"text": ["x" * 11], "label": ["a"]}, ", row 1: more than 10 characters in one text"),
        ({"body": ["oil"], "label": ["a"]}, ": the file has no column 'text'\n  known: body, label"),
        ({"text": ["oil"], "lable": ["a"]}, ": the file has no column 'label'\n  did you mean lable?"),
        ({"text": pa.array([], pa.string()), "label": pa.array([], pa.string())}, ": the file has no rows"),
    ],
)
def test_a_refusal_names_the_row(kind: str, columns: dict[str, Any], message: str, tmp_path: Path) -> None:
    path = saved(pa.table(columns), tmp_path, kind)

    assert refusal_of(path, max_chars=10).startswith(f"{path.name}{message}")


def test_two_columns_of_one_name_are_refused(tmp_path: Path) -> None:
    table = pa.Table.from_arrays(
        [pa.array(["a"]), pa.array(["b"]), pa.array(["c"])], ["text", "text", "label"]
    )

    assert refusal_of(saved(table, tmp_path, "stream")) == (
        "a.arrow: the file has the column 'text' more than once\n  give each its own name"
    )


def test_numbers_are_texts_where_that_is_asked_for(tmp_path: Path) -> None:
    path = saved(pa.table({"text": [3, 4], "label": ["a", "b"]}), tmp_path, "parquet")

    assert list(read_texts(path, coerce=True).texts.texts) == ["3", "4"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_is_read_batch_by_batch(kind: str, tmp_path: Path) -> None:
    count = 2 * PIECE_ROWS + 3
    path = saved(pa.table({"text": [f"oil {number}" for number in range(count)]}), tmp_path, kind)

    reading = Reading(path, layout_of(path, {}), Asked(label=False))
    pieces = list(reading)

    assert max(len(piece.texts) for piece in pieces) <= PIECE_ROWS
    assert [text for piece in pieces for text in piece.texts] == [f"oil {number}" for number in range(count)]
    assert [row for piece in pieces for row in piece.lines] == list(range(1, count + 1))
    assert reading.fraction == 1.0


def test_the_content_says_which_of_these_formats_a_file_has(tmp_path: Path) -> None:
    path = saved(pa.table({"text": ["oil"], "label": ["a"]}), tmp_path, "parquet")

    assert list(read_texts(path.rename(tmp_path / "a.feather")).texts.texts) == ["oil"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            b"text,label\noil,a\n",
            'this is a file of another format, not {}\n  set the format that it has, type = "FORMAT"',
        ),
        (b"\x1f\x8b\x08\0", "this is a gzip file, not {}\n  unpack it and name the file in it"),
        (b"PK\x03\x04", "this is a zip archive, not {}\n  unpack it and name the file in it"),
        (b"\x80\x04K\x01.", "this is a pickle, not {}\n  it is never loaded; save it as csv or jsonl"),
        (b"", "the file is empty\n  name a file with text in it"),
    ],
)
def test_another_file_is_named_for_what_it_is(content: bytes, message: str, tmp_path: Path) -> None:
    for name, what in {"a.parquet": "a Parquet file", "a.arrow": "an Arrow file"}.items():
        (tmp_path / name).write_bytes(content)
        assert refusal_of(tmp_path / name) == f"{name}: {message.format(what)}"


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.json", "a.ft"])
@pytest.mark.parametrize("kind", KINDS)
def test_such_a_file_in_a_format_of_text_is_named_too(kind: str, name: str, tmp_path: Path) -> None:
    path = saved(pa.table({"text": ["oil"], "label": ["a"]}), tmp_path, kind)
    what, format = ("a Parquet", "parquet") if "parquet" in kind else ("an Arrow", "arrow")

    assert refusal_of(path.rename(tmp_path / name)) == (
        f'{name}: this is {what} file, not text\n  set type = "{format}"'
    )


@pytest.mark.parametrize("kind", KINDS)
def test_a_damaged_file_is_read_or_refused_and_nothing_else(kind: str, tmp_path: Path) -> None:
    path = saved(pa.table({"text": ["oil é", "art"], "label": ["a", "b"]}), tmp_path, kind)
    content = path.read_bytes()
    refused = 0
    for place in range(0, len(content), 3):
        for byte in (content[place] ^ 0x90, 0xFF, 0x00):
            path.write_bytes(content[:place] + bytes([byte]) + content[place + 1 :])
            try:
                read_texts(path)
            except NlpkitError as refusal:
                refused += 1
                assert path.name in refusal.location
                assert refusal.hint
        if kind != "stream":  # which may end after any batch
            path.write_bytes(content[:place])
            assert refusal_of(path).startswith(path.name)
    assert refused > len(content) / 3


def test_a_damaged_file_is_called_that(tmp_path: Path) -> None:
    path = saved(pa.table({"text": ["oil"], "label": ["a"]}), tmp_path, "parquet")
    path.write_bytes(path.read_bytes()[:-1])

    assert refusal_of(path).startswith("a.parquet: this file is damaged: Parquet magic bytes not found")
    assert refusal_of(path).endswith("\n  write or download it again")


def test_pyarrow_is_asked_for_by_name_where_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = saved(pa.table({"text": ["oil"], "label": ["a"]}), tmp_path, "parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(MissingError) as refusal:
        read_texts(path)

    assert str(refusal.value) == (
        "Parquet and Arrow files need pyarrow\n  install it with: pip install 'nlpkit-toolkit[arrow]'"
    )


def streamed(folder: Path) -> tuple[bytes, list[int]]:
    """A stream of three batches of two rows, and where the schema and each of them end."""
    rows = pa.table({"text": [f"oil {n}" for n in range(6)], "label": list("abcabc")})
    ends = []
    with pa.OSFile(str(folder / "whole"), "wb") as file, pa.ipc.new_stream(file, rows.schema) as writer:
        for batch in rows.to_batches(2):
            writer.write_batch(batch)
            ends.append(file.tell())
    return (folder / "whole").read_bytes(), ends


def test_a_stream_that_is_cut_between_batches_is_noted(tmp_path: Path) -> None:
    content, ends = streamed(tmp_path)
    path = tmp_path / "a.arrow"
    for rows, end in zip((2, 4, 6), ends, strict=True):
        path.write_bytes(content[:end])
        found = read_texts(path)
        assert len(found.texts) == rows
        assert [note.text for note in found.notes if "stream" in note.text] == [
            f"{path}: the mark at the end of the stream is missing, and rows below this one may be, once "
            f"(row {rows})"
        ]
    path.write_bytes(content)
    assert not [note for note in read_texts(path).notes if "stream" in note.text]


def test_a_stream_that_goes_on_after_its_end_is_refused(tmp_path: Path) -> None:
    content, _ = streamed(tmp_path)
    (tmp_path / "a.arrow").write_bytes(content + content)

    assert refusal_of(tmp_path / "a.arrow") == (
        "a.arrow: the file goes on after the end of the stream\n  write one stream a file"
    )


@pytest.mark.parametrize("kind", ["parquet", "arrow", "feather"])
def test_a_file_with_an_index_at_its_end_is_refused_wherever_it_is_cut(kind: str, tmp_path: Path) -> None:
    path = saved(pa.table({"text": ["oil", "art"] * 9, "label": ["a", "b"] * 9}), tmp_path, kind)
    content = path.read_bytes()
    for end in range(16, len(content), 8):
        path.write_bytes(content[:end])
        assert refusal_of(path).startswith(f"{path.name}: this file is damaged: ")


def test_a_value_that_is_no_text_is_a_row_s(tmp_path: Path) -> None:
    path = saved(pa.table({"text": ["oil", None], "label": ["a", "b"]}), tmp_path, "parquet")

    assert refusal_of(path) == (
        "a.parquet, row 2: 'text' is null, not a string\n  write a string, or remove the row"
    )
