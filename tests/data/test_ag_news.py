from __future__ import annotations

import hashlib
import importlib
from pathlib import Path
from typing import Any

import pytest

from nlpkit.components.datasets import AgNews, Csv
from nlpkit.data import ag_news
from nlpkit.data.auditing.oddities import oddities
from nlpkit.data.split import Split
from nlpkit.errors import DataError, NetworkError
from nlpkit.system.cache import cache_folder

download = importlib.import_module("nlpkit.data.download")  # the face has a function of this name
TRAIN = b"".join(b'"%d","Title %d","Text of %d"\n' % (n % 4 + 1, n, n) for n in range(40))
TEST = b'"1","Ti, tle","Text"\n"4","","Only a text"\n'
FILES = {"train.csv": TRAIN, "test.csv": TEST}


@pytest.fixture(autouse=True)
def own_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NLPKIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("NLPKIT_OFFLINE", "1")
    monkeypatch.delenv("NLPKIT_DATA_DIR", raising=False)
    monkeypatch.setattr(download, "PAUSE_SECONDS", 0)


def put(folder: Path, **changed: bytes) -> None:
    folder.mkdir(parents=True)
    for name, content in FILES.items():
        (folder / name).write_bytes(changed.get(name.removesuffix(".csv"), content))


@pytest.fixture
def online(site: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.delenv("NLPKIT_OFFLINE")
    monkeypatch.setattr(ag_news, "BASE_URL", site.url)
    official = {name: hashlib.md5(content).hexdigest() for name, content in FILES.items()}
    monkeypatch.setattr(ag_news, "OFFICIAL_MD5", official)
    site.files.update(FILES)
    return site


def test_files_of_the_user_are_used_as_they_are(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put(tmp_path / "mine" / "ag_news")
    monkeypatch.setenv("NLPKIT_DATA_DIR", str(tmp_path / "mine"))

    splits = AgNews().build()()

    assert (len(splits.train), len(splits.valid), len(splits.test)) == (38, 2, 2)
    assert set(splits.train.labels) == {"World", "Sports", "Business", "Sci/Tech"}
    assert list(splits.test.texts) == ["Ti, tle Text", " Only a text"]
    assert list(splits.test.labels) == ["World", "Sci/Tech"]
    assert (splits.source, splits.notes, splits.substitute) == ("ag_news", (), "")
    assert [file.sha256 for file in splits.files] == [
        hashlib.sha256(content).hexdigest() for content in FILES.values()
    ]


def test_a_cached_file_that_is_not_the_official_one_is_used_and_named(tmp_path: Path) -> None:
    put(tmp_path / "cache" / "ag_news")

    splits = AgNews().build()()

    assert tuple(map(str, splits.notes)) == tuple(
        f"{tmp_path}/cache/ag_news/{name} is not the official file of AG News; "
        "delete it to have that downloaded"
        for name in FILES
    )


def test_the_files_of_the_user_go_before_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put(tmp_path / "mine" / "ag_news", test=b'"2","Mine","too"\n')
    put(tmp_path / "cache" / "ag_news")
    monkeypatch.setenv("NLPKIT_DATA_DIR", str(tmp_path / "mine"))

    assert list(AgNews().build()().test.texts) == ["Mine too"]


def test_a_data_folder_without_ag_news_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    put(tmp_path / "cache" / "ag_news")
    monkeypatch.setenv("NLPKIT_DATA_DIR", str(tmp_path))

    assert len(AgNews().build()().test) == 2


def test_half_of_the_files_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    put(tmp_path / "ag_news")
    (tmp_path / "ag_news" / "test.csv").unlink()
    monkeypatch.setenv("NLPKIT_DATA_DIR", str(tmp_path))

    with pytest.raises(DataError) as refusal:
        AgNews().build()()

    assert str(refusal.value) == (
        f"{tmp_path}/ag_news: train.csv is there and the other file of AG News is not\n"
        "  put both train.csv and test.csv there, or neither"
    )


def test_what_is_missing_is_downloaded_into_the_cache_once(online: Any, tmp_path: Path) -> None:
    first = AgNews().build()()
    again = AgNews().build()()

    assert (tmp_path / "cache" / "ag_news" / "train.csv").read_bytes() == TRAIN
    assert [name for name, _ in online.asked] == ["train.csv", "test.csv"]
    assert first.notes == ()
    assert list(first.train.texts) == list(again.train.texts)


def test_offline_the_refusal_names_the_folder_and_the_fallback(tmp_path: Path) -> None:
    with pytest.raises(NetworkError) as refusal:
        AgNews().build()()

    assert refusal.value.message == "train.csv is not here, and NLPKIT_OFFLINE forbids downloading it"
    assert refusal.value.hint == (
        f"put it into {tmp_path}/cache/ag_news, or unset NLPKIT_OFFLINE, "
        'or set fallback to a dataset that needs no network, such as "headlines"'
    )


def own_rows(labels: str) -> bytes:
    return b"text,label\n" + b"".join(f"text {n},{labels[n % len(labels)]}\n".encode() for n in range(20))


def test_offline_a_fallback_stands_in_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_bytes(own_rows("ab"))

    splits = AgNews(fallback=Csv(tmp_path / "own.csv")).build()()

    assert splits.source == "own.csv"
    assert splits.substitute == (
        "NOT AG NEWS: own.csv stands in for it, because "
        "train.csv is not here, and NLPKIT_OFFLINE forbids downloading it"
    )


def test_what_a_fallback_asks_of_its_rows_holds_for_it_as_a_substitute(tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_bytes(own_rows("a"))

    splits = AgNews(fallback=Csv(tmp_path / "own.csv", strict=True, allow_constant=True)).build()()

    assert splits.substitute
    assert (splits.strict, splits.allow_constant) == (True, True)


def test_a_failed_download_lets_the_fallback_stand_in(online: Any, tmp_path: Path) -> None:
    online.files.clear()
    (tmp_path / "own.csv").write_bytes(own_rows("ab"))

    splits = AgNews(fallback=Csv(tmp_path / "own.csv")).build()()

    assert splits.substitute.endswith("train.csv could not be downloaded: the server answers 404 Not Found")


def test_a_fallback_does_not_hide_files_that_are_broken(tmp_path: Path) -> None:
    put(tmp_path / "cache" / "ag_news", train=b'"1","only two"\n"1","a","b"\n')

    with pytest.raises(DataError, match="there is no column 2"):
        AgNews(fallback=Csv(tmp_path / "own.csv")).build()()


def test_a_class_that_ag_news_does_not_have_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "cache" / "ag_news", train=TRAIN + b'"5","Title","Text"\n')

    with pytest.raises(DataError) as refusal:
        AgNews().build()()

    assert str(refusal.value) == (
        f"{tmp_path}/cache/ag_news/train.csv: the class '5' in row 41, where AG News has 1 to 4\n"
        "  put the official file there, or read this one as csv"
    )


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    put(tmp_path / "cache" / "ag_news")
    (tmp_path / "cache" / "ag_news" / "test.csv").unlink()
    (tmp_path / "cache" / "ag_news" / "test.csv").mkdir()

    with pytest.raises(DataError, match=r"test\.csv: this is a folder, not a file\n  name a file in it"):
        AgNews().build()()


def test_valid_is_drawn_by_the_split_and_test_never(tmp_path: Path) -> None:
    put(tmp_path / "cache" / "ag_news")

    splits = AgNews(split=Split(valid_fraction=0.5, test_fraction=0.4)).build()()

    assert (len(splits.train), len(splits.valid), len(splits.test)) == (20, 20, 2)


def test_the_cache_folder_is_the_users_where_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NLPKIT_CACHE_DIR")

    assert "nlpkit" in cache_folder().parts


def test_the_real_sample_is_read(monkeypatch: pytest.MonkeyPatch, sample_dir: Path) -> None:
    monkeypatch.setenv("NLPKIT_DATA_DIR", str(sample_dir))

    splits = AgNews().build()()

    assert (len(splits.train), len(splits.valid), len(splits.test)) == (15_300, 805, 7_600)
    assert oddities(splits).facts["leaked_test_rows"] == oddities(splits).facts["duplicate_train_rows"] == 0
    assert splits.files[1].sha256 == "521465c2428ed7f02f8d6db6ffdd4b5447c1c701962353eb2c40d548c3c85699"
