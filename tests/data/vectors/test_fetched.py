from __future__ import annotations

import gzip
import hashlib
import importlib
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from nlpkit.data.vectors import fetched, published
from nlpkit.data.vectors.fetched import vectors_downloads, vectors_file, vectors_problems
from nlpkit.data.vectors.published import Published
from nlpkit.errors import DataError, NetworkError

download = importlib.import_module("nlpkit.data.download")  # the face has a function of this name
TEXT = b"cat 1 2\ndog 3 4\n"
NAMES = ["two.2d", "two.3d", "one.2d", "cc.xx.2"]


def zipped(**files: bytes) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target.getvalue()


@pytest.fixture
def cache(tmp_path: Path, site: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for vectors in the cache, beside a server that has small ones under the names NAMES."""
    site.files = {
        "two.zip": zipped(**{"folder/two.2d.txt": TEXT, "folder/two.3d.txt": TEXT * 2}),
        "one.2d.vec.zip": zipped(**{"one.2d.vec": TEXT}),
        "cc.xx.2.vec.gz": gzip.compress(TEXT),
    }
    two = hashlib.sha256(site.files["two.zip"]).hexdigest()
    known = [
        Published("two.2d", "two.2d.txt", 2, f"{site.url}two.zip", sha256=two),
        Published("two.3d", "two.3d.txt", 3, f"{site.url}two.zip", sha256=two),
        Published(
            "one.2d", "one.2d.vec", 2, f"{site.url}one.2d.vec.zip", size=len(site.files["one.2d.vec.zip"])
        ),
        Published("cc.xx.2", "cc.xx.2.vec.gz", 2, f"{site.url}cc.xx.2.vec.gz"),
    ]
    for module in (fetched, published):
        monkeypatch.setattr(module, "PUBLISHED", {each.name: each for each in known})
    monkeypatch.setattr(download, "PAUSE_SECONDS", 0)
    monkeypatch.setenv("NLPKIT_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("NLPKIT_OFFLINE", raising=False)
    monkeypatch.delenv("NLPKIT_DATA_DIR", raising=False)
    return tmp_path / "cache" / "vectors"


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.suffix != ".lock")


def test_a_file_of_an_archive_is_unpacked_and_the_archive_kept_for_its_others(cache: Path, site: Any) -> None:
    assert vectors_file("two.2d") == cache / "two.2d.txt"
    assert (cache / "two.2d.txt").read_bytes() == TEXT
    assert vectors_file("two.3d").read_bytes() == TEXT * 2
    assert left(cache) == ["two.2d.txt", "two.3d.txt", "two.zip"]
    assert len(site.asked) == 1


def test_an_archive_of_one_file_goes_when_it_is_unpacked(cache: Path, site: Any) -> None:
    for _ in range(2):
        assert vectors_file("one.2d").read_bytes() == TEXT
    assert left(cache) == ["one.2d.vec"]
    assert len(site.asked) == 1


def test_a_packed_file_stays_as_it_comes(cache: Path, site: Any) -> None:
    for _ in range(2):
        assert vectors_file("cc.xx.2") == cache / "cc.xx.2.vec.gz"
    assert len(site.asked) == 1


@pytest.mark.parametrize("fault", ["breaks off", "500"])
def test_a_download_that_breaks_off_goes_on(cache: Path, site: Any, fault: str) -> None:
    for name in ("one.2d", "cc.xx.2"):
        site.faults = [fault]
        assert vectors_file(name).is_file()
    assert len(site.asked) == 4


@pytest.mark.parametrize(("name", "told"), [("two.2d", "another SHA-256"), ("one.2d", "another size")])
def test_another_file_is_refused_and_leaves_nothing(cache: Path, site: Any, name: str, told: str) -> None:
    site.faults = ["another file"] * 3
    with pytest.raises(NetworkError) as refused:
        vectors_file(name)
    assert refused.value.message.endswith(f"what came is not the file that was expected ({told})")
    zipped, file = {"two.2d": ("two.zip", "two.2d.txt"), "one.2d": ("one.2d.vec.zip", "one.2d.vec")}[name]
    assert refused.value.hint == f"try again later, or put {zipped} or {file} into {cache} yourself"
    assert left(cache) == []


@pytest.mark.parametrize("name", NAMES)
def test_offline_it_is_said_where_to_put_which_file(
    cache: Path, site: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NLPKIT_OFFLINE", "1")
    file = {"one.2d": "one.2d.vec.zip or one.2d.vec", "cc.xx.2": "cc.xx.2.vec.gz"}.get(
        name, f"two.zip or {name}.txt"
    )
    with pytest.raises(NetworkError) as refused:
        vectors_file(name)
    assert refused.value.message == f"{name} is not here, and NLPKIT_OFFLINE forbids downloading it"
    assert refused.value.hint == f"put {file} into {cache}, or unset NLPKIT_OFFLINE"
    assert list(map(str, vectors_problems(name))) == [str(refused.value)]
    assert site.asked == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("downloaded", [True, False])
@pytest.mark.parametrize("variable", ["NLPKIT_DATA_DIR", "NLPKIT_CACHE_DIR"])
def test_what_somebody_put_there_is_taken_without_the_network(
    cache: Path,
    site: Any,
    tmp_path: Path,
    name: str,
    downloaded: bool,
    variable: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NLPKIT_OFFLINE", "1")
    monkeypatch.setenv(variable, str(tmp_path / "mine"))
    folder, known = tmp_path / "mine" / "vectors", fetched.PUBLISHED[name]
    folder.mkdir(parents=True)
    put = known.download if downloaded else known.file.removesuffix(".gz")
    (folder / put).write_bytes(site.files[known.download] if downloaded else TEXT)
    assert list(vectors_problems(name)) == []
    assert vectors_file(name).is_file()
    assert site.asked == []


def test_nothing_is_downloaded_to_look_for_problems(cache: Path, site: Any) -> None:
    assert list(vectors_problems("two.2d")) == list(vectors_problems(None)) == []
    assert site.asked == []


def test_an_archive_that_is_damaged_or_another_one_is_refused_by_name(cache: Path) -> None:
    cache.mkdir(parents=True)
    archive = cache / "two.zip"
    whole = zipped(**{"two.2d.txt": TEXT * 500})
    broken = whole[:40] + bytes([whole[40] ^ 0xFF]) + whole[41:]
    for content in (b"no zip", whole[:-30], broken):
        archive.write_bytes(content)
        with pytest.raises(DataError) as refused:
            vectors_file("two.2d")
        assert str(refused.value) == (
            f"{archive}: this is no intact zip file\n  delete it, and it is downloaded again"
        )
        assert left(cache) == ["two.zip"]
    archive.write_bytes(whole)
    with pytest.raises(DataError, match=r"there is no two\.3d\.txt in it"):
        vectors_file("two.3d")


def test_a_path_is_itself(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_bytes(TEXT)
    assert vectors_file(tmp_path / "mine.txt") == tmp_path / "mine.txt"


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("two.2", 'check the path, or write "two.2d" alone, which is downloaded'),
        ("one.3d.txt", 'did you mean FOLDER/one.3d.text, or write "one.2d" alone, which is downloaded?'),
        ("one.3.text", "did you mean FOLDER/one.3d.text?"),
        ("elsewhere.txt", "check the path"),
        ("glove", f"check the path, or write a name that is known: {published.IN_SHORT}"),
        ("word2vec", f"check the path, or write a name that is known: {published.IN_SHORT}"),
    ],
)
def test_a_path_that_is_not_there_is_told_both_ways(
    cache: Path, tmp_path: Path, name: str, hint: str
) -> None:
    (tmp_path / "one.3d.text").write_bytes(TEXT)
    with pytest.raises(DataError) as refused:
        vectors_file(tmp_path / name)
    assert refused.value.message == "there is no such file"
    assert refused.value.hint.replace(str(tmp_path), "FOLDER") == hint


def test_what_was_downloaded_is_listed_and_what_somebody_else_has_there_is_not(cache: Path) -> None:
    vectors_file("two.2d")
    for name in ("mine.txt", "one.2d.vec.zip.part"):
        (cache / name).write_bytes(TEXT)
    names = [path.name for path in vectors_downloads()]
    assert names == ["one.2d.vec.zip.part", "two.2d.txt", "two.zip", "two.zip.lock"]
