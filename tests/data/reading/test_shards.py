from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlpkit.data.reading.columns import Asked
from nlpkit.data.reading.formats import layout_of
from nlpkit.data.reading.layout import Layout
from nlpkit.data.reading.readers import Reading
from nlpkit.data.reading.shards import shards_of, whole
from nlpkit.data.reading.source.shard import Shard
from nlpkit.errors import DataError

Row = tuple[str, list[object], int]
CELL = st.text(st.sampled_from("ab é\u2028\x85\xa0\"',;\t\n\r"), max_size=8)


def rows_of(source: Path | Shard, layout: Layout, kept: Sequence[str] = (), skipped: Any = None) -> list[Row]:
    if isinstance(source, Shard):
        layout = replace(layout, **source.settings)
    reading = Reading(source, layout, Asked(label=False, others=tuple(kept)))
    reading.notes.left_out = skipped
    found: list[Row] = []
    for columns in reading:
        others = zip(*columns.others, strict=True) if kept else [()] * len(columns.texts)
        found += zip(columns.texts, map(list, others), columns.lines, strict=True)
    return found


def cut(path: Path, size: int, kept: Sequence[str] = (), **given: Any) -> tuple[list[list[Row]], list[Row]]:
    """The rows of each shard, and those of the whole file; the shards say how many they have."""
    layout = layout_of(path, given)
    shards = list(shards_of(path, layout, Asked(label=False, others=tuple(kept)), size))
    found = [rows_of(shard, layout, kept) for shard in shards]
    above = 0
    for shard, rows in zip(shards, found, strict=True):
        assert shard.rows == above
        assert shard.count in (None, len(rows))
        above += len(rows)
    return found, rows_of(path, layout, kept)


@given(
    cells=st.lists(st.tuples(CELL, CELL), min_size=1, max_size=12),
    style=st.sampled_from([("\n", csv.QUOTE_ALL), ("\r\n", csv.QUOTE_MINIMAL), ("\r", csv.QUOTE_ALL)]),
    blank=st.sampled_from(["", "\n", " \n", "\u2028\n\n"]),
    size=st.integers(1, 60),
    mark=st.sampled_from(["", "\ufeff"]),
)
def test_the_shards_of_a_table_have_its_rows_with_their_lines(
    cells: list[tuple[str, str]],
    style: tuple[str, int],
    blank: str,
    size: int,
    mark: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    written = io.StringIO(newline="")
    table = csv.writer(written, lineterminator=style[0], quoting=style[1])  # type: ignore[arg-type]
    table.writerow(["id", "text"])
    for number, row in enumerate(cells):
        table.writerow([f"{number}{row[0]}", f"x{row[1]}"])
        written.write(blank)
    path = tmp_path_factory.mktemp("table") / "a.csv"
    path.write_text(f"{mark}{written.getvalue()}", encoding="utf-8", newline="")
    shards, all_rows = cut(path, size, ["id"], quoted=True)
    assert [row for rows in shards for row in rows] == all_rows


@pytest.mark.parametrize("blank", ["\n", " \n", "\n\n"])
@pytest.mark.parametrize("place", [1, 2, 3])
def test_blank_lines_do_not_end_the_cutting(blank: str, place: int, tmp_path: Path) -> None:
    lines = ["id,text\n", *(f"{number},some words\n" for number in range(9))]
    path = tmp_path / "a.csv"
    path.write_text("".join([*lines[:place], blank, *lines[place:]]), encoding="utf-8")
    shards, all_rows = cut(path, 20, ["id"])
    assert [row for rows in shards for row in rows] == all_rows
    assert len(shards) > 3


@given(
    lines=st.lists(st.text(st.sampled_from('ab é\u2028\x85\xa0\r{}"'), max_size=12), min_size=1, max_size=12),
    size=st.integers(1, 40),
)
def test_the_shards_of_plain_text_have_its_lines(
    lines: list[str], size: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("lines") / "a.txt"
    path.write_text("\n".join(["first", *lines]), encoding="utf-8", newline="")
    shards, all_rows = cut(path, size)
    assert [row for rows in shards for row in rows] == all_rows


@given(
    texts=st.lists(st.text(max_size=20), min_size=1, max_size=12),
    blank=st.sampled_from(["", "\n", "\u3000\n"]),
    size=st.integers(1, 80),
    ascii=st.booleans(),
)
def test_the_shards_of_json_lines_have_its_objects(
    texts: list[str], blank: str, size: int, ascii: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("objects") / "a.jsonl"
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        for number, text in enumerate(texts):
            text = text.replace("\0", "")
            file.write(json.dumps({"id": number, "text": text}, ensure_ascii=ascii) + "\n" + blank)
    shards, all_rows = cut(path, size, ["id"])
    assert [row for rows in shards for row in rows] == all_rows


@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_groups_of_rows_are_shared_out(ending: str, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import ipc, parquet

    table = pa.table({"text": [f"text {number}" for number in range(100)], "id": list(range(100))})
    path = tmp_path / f"a.{ending}"
    if ending == "parquet":
        parquet.write_table(table, path, row_group_size=7)
    else:
        with pa.OSFile(str(path), "wb") as sink, ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table, max_chunksize=7)
    shards, all_rows = cut(path, 200, ["id"])
    assert len(shards) > 4
    assert [row for rows in shards for row in rows] == all_rows
    assert [line for _, _, line in all_rows] == list(range(1, 101))


@pytest.mark.parametrize(
    ("name", "content", "given"),
    [
        ("a.csv.gz", gzip.compress(b"text\n" + b"some words\n" * 50), {}),
        ("a.csv", ("text\n" + "some words\n" * 50).encode("utf-16"), {"encoding": "utf-16"}),
        ("a.csv", ("text\n" + "表表\n" * 50).encode("shift_jis"), {"encoding": "shift_jis"}),
        ("a.json", json.dumps([{"text": "some words"}] * 50).encode(), {}),
        ("a.jsonl", json.dumps({"text": "some words"}, indent=1).encode() * 50, {}),
        ("a.csv", b"id,text\n" + b"".join(b"r%d,7,words\n" % n for n in range(50)), {}),  # an index
    ],
)
def test_what_has_no_places_to_cut_is_one_shard(
    name: str, content: bytes, given: dict[str, Any], tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    shards, all_rows = cut(path, 30, **given)
    assert shards == [all_rows]


def test_lines_above_a_table_and_a_line_with_its_delimiter_are_read_with_every_shard(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("# made\nsep=;\nid;text\n" + "1;some, words\n" * 30, encoding="utf-8")
    shards, all_rows = cut(path, 50, ["id"], skip_rows=1)
    assert len(shards) > 5
    assert [row for rows in shards for row in rows] == all_rows


def test_a_table_without_a_header_has_none_in_any_shard(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("7,first words\n" + "text,label\n" * 30, encoding="utf-8")
    shards, all_rows = cut(path, 50, text=(1,), label=0)
    assert len(shards) > 5
    assert [row for rows in shards for row in rows] == all_rows


def test_no_shard_begins_with_what_would_be_taken_for_another_kind_of_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("some words\n" + "\ufeffmarked\n%PDF-1 is a format\n" * 20, encoding="utf-8")
    shards, all_rows = cut(path, 10)
    assert shards == [all_rows]


def test_a_refusal_names_the_line_and_the_byte_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [b"%d,some words\n" % number for number in range(40)]
    rows[30] = b"30,caf\xe9\n"
    path.write_bytes(b"id,text\n" + b"".join(rows))
    layout = layout_of(path, {})
    [*_, (shard, said)] = failures(path, layout)
    assert shard.below_others
    assert said.location == f"{path}:32"
    assert said.message == f"byte 0xe9 at offset {path.read_bytes().index(0xE9)} is not UTF-8"


def failures(path: Path, layout: Layout) -> list[tuple[Shard, DataError]]:
    found = []
    for shard in shards_of(path, layout, Asked(label=False), 60):
        try:
            rows_of(shard, layout)
        except DataError as error:
            found.append((shard, error))
    return found


def test_records_that_are_left_out_have_the_lines_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f'{number},"some\nwords"\n' for number in range(40)]
    rows[30] = "30,one,cell,more\n"
    path.write_text("id,text\n" + "".join(rows), encoding="utf-8")
    layout, told = replace(layout_of(path, {}), quoted=True), []

    def left_out(error: DataError, word: str, number: int, record: object) -> None:
        told.append((error.location, word, number))

    shards = list(shards_of(path, layout, Asked(label=False), 100))
    assert sum(len(rows_of(shard, layout, (), left_out)) for shard in shards) == 39
    assert told == [(f"{path}:62", "line", 62)]


def test_a_quote_that_is_never_closed_is_the_last_shards_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("id,text\n" + "1,some words\n" * 30 + '2,"open\n' + "3,more\n" * 30, encoding="utf-8")
    [(_, said)] = failures(path, replace(layout_of(path, {}), quoted=True))
    assert said.message == "a quote is opened in the row that begins here, and never closed"
    assert said.location == f"{path}:32"


def test_a_file_that_has_changed_since_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("some words\n" * 9, encoding="utf-8")
    layout = layout_of(path, {})
    shard = whole(path)
    path.write_text("other words\n" * 9, encoding="utf-8")
    with pytest.raises(DataError, match="the file is not the one that was cut into shards"):
        rows_of(shard, layout)
