from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nlpkit.data.reading.columns import Asked
from nlpkit.data.reading.formats import layout_of
from nlpkit.data.reading.readers import Reading
from nlpkit.data.reading.shards import shards_of
from nlpkit.data.reading.source.remote import named_like, path_of
from nlpkit.errors import DataError, MissingError

fsspec = pytest.importorskip("fsspec")
TEXTS = "text\n" + "".join(f"words {number}\n" for number in range(50))


@pytest.fixture
def store() -> Iterator[Any]:
    """An object store in memory."""
    system = fsspec.filesystem("memory")
    yield system
    system.store.clear()
    system.pseudo_dirs[:] = [""]


def texts_of(source: Any, path: Path) -> list[str]:
    return [
        text for columns in Reading(source, layout_of(path, {}), Asked(label=False)) for text in columns.texts
    ]


def test_a_url_is_read_as_a_file_is(store: Any) -> None:
    store.pipe("/in/a.csv", TEXTS.encode())
    path = path_of("memory://in/a.csv")
    assert str(path) == "memory://in/a.csv"
    assert texts_of(path, path) == [f"words {number}" for number in range(50)]


def test_a_url_is_cut_into_shards(store: Any) -> None:
    store.pipe("/in/a.csv", TEXTS.encode())
    path = path_of("memory://in/a.csv")
    shards = list(shards_of(path, layout_of(path, {}), Asked(label=False), 100))
    assert len(shards) > 3
    found = [text for shard in shards for text in texts_of(shard, path)]
    assert found == [f"words {number}" for number in range(50)]
    store.pipe("/in/a.csv", TEXTS.replace("words", "other").encode())
    with pytest.raises(DataError, match="the file is not the one that was cut into shards"):
        texts_of(shards[1], path)


@pytest.mark.parametrize("ending", ["parquet", "arrow"])
def test_groups_of_rows_are_read_from_urls(ending: str, store: Any, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import ipc, parquet

    table, here = pa.table({"text": [f"text {number}" for number in range(60)]}), tmp_path / f"a.{ending}"
    if ending == "parquet":
        parquet.write_table(table, here, row_group_size=7)
    else:
        with pa.OSFile(str(here), "wb") as sink, ipc.new_file(sink, table.schema) as writer:
            writer.write_table(table, max_chunksize=7)
    store.pipe(f"/in/a.{ending}", here.read_bytes())
    path = path_of(f"memory://in/a.{ending}")
    shards = list(shards_of(path, layout_of(path, {}), Asked(label=False), 150))
    assert len(shards) > 2
    assert [text for shard in shards for text in texts_of(shard, path)] == table.column("text").to_pylist()


def test_a_pattern_and_a_folder_name_urls_in_order(store: Any) -> None:
    for name in ("b", "a", "c.d/e"):
        store.pipe(f"/in/{name}.csv", TEXTS.encode())
    assert list(map(str, named_like("memory://in/*.csv"))) == ["memory:///in/a.csv", "memory:///in/b.csv"]
    assert list(map(str, named_like("memory://in"))) == ["memory:///in/a.csv", "memory:///in/b.csv"]
    assert named_like("memory://in/*.tsv") == []


def test_what_is_not_there_is_refused(store: Any) -> None:
    with pytest.raises(DataError) as caught:
        path_of("memory://in/none.csv").stat()
    assert (caught.value.location, caught.value.message) == ("memory://in/none.csv", "there is no such file")
    with pytest.raises(DataError, match="protocol not known: nowhere"):
        path_of("nowhere://in/none.csv").stat()


def test_a_store_whose_library_is_missing_is_told_with_it(store: Any) -> None:
    try:
        import gcsfs  # noqa: F401
    except ImportError:
        with pytest.raises(MissingError) as caught:
            path_of("gs://bucket/none.csv").stat()
        assert "gcsfs" in caught.value.message
