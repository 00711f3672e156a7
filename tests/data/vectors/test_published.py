from __future__ import annotations

import pytest

from nlpkit.data.vectors.published import PUBLISHED, nearest


@pytest.mark.parametrize(
    ("name", "file", "width", "download"),
    [
        ("glove.6B.100d", "glove.6B.100d.txt", 100, "glove.6B.zip"),
        ("glove.42B.300d", "glove.42B.300d.txt", 300, "glove.42B.300d.zip"),
        ("glove.840B.300d", "glove.840B.300d.txt", 300, "glove.840B.300d.zip"),
        ("glove.twitter.27B.25d", "glove.twitter.27B.25d.txt", 25, "glove.twitter.27B.zip"),
        ("wiki-news-300d-1M", "wiki-news-300d-1M.vec", 300, "wiki-news-300d-1M.vec.zip"),
        ("crawl-300d-2M", "crawl-300d-2M.vec", 300, "crawl-300d-2M.vec.zip"),
        ("cc.de.300", "cc.de.300.vec.gz", 300, "cc.de.300.vec.gz"),
    ],
)
def test_a_name_says_the_file_its_width_and_what_is_downloaded(
    name: str, file: str, width: int, download: str
) -> None:
    found = PUBLISHED[name]
    assert (found.file, found.width, found.download) == (file, width, download)


def test_the_addresses_are_those_of_the_authors() -> None:
    assert PUBLISHED["glove.6B.50d"].url == "https://nlp.stanford.edu/data/glove.6B.zip"
    english = "https://dl.fbaipublicfiles.com/fasttext/vectors-english/wiki-news-300d-1M.vec.zip"
    assert PUBLISHED["wiki-news-300d-1M"].url == english
    crawled = "https://dl.fbaipublicfiles.com/fasttext/vectors-crawl/cc.en.300.vec.gz"
    assert PUBLISHED["cc.en.300"].url == crawled


def test_every_name_is_a_name_and_no_path() -> None:
    assert len(PUBLISHED) == 13 + 158
    assert all(name == each.name and "/" not in name for name, each in PUBLISHED.items())


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("glove.6b.100d", "glove.6B.100d"),
        ("golve.6B.100d", "glove.6B.100d"),
        ("glove.6B.300d.txt", "glove.6B.300d"),
        ("cc.en.300.vec.gz", "cc.en.300"),
        ("glove-840B-300d", "glove.840B.300d"),
    ],
)
def test_a_name_that_is_nearly_known_is_told_the_known_one(name: str, near: str) -> None:
    assert nearest(name) == near


@pytest.mark.parametrize("name", ["word2vec", "mine.txt", "GoogleNews-vectors-negative300.bin"])
def test_a_name_like_none_is_told_none(name: str) -> None:
    assert nearest(name) == ""
