"""torchtext's datasets as parts, and nlpkit's AG News against theirs."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from types import ModuleType

import pytest

from nlpkit import Csv, MissingError, NetworkError, experiment_of
from nlpkit_torchtext import TorchtextDataset


@pytest.fixture
def ag_news(tmp_path: Path, data_dir: Path) -> Path:
    """A root with the official test file, where torchtext looks for it, and without that of train."""
    folder = tmp_path / "datasets" / "AG_NEWS"
    folder.mkdir(parents=True)
    shutil.copyfile(data_dir / "ag_news" / "test.csv", folder / "test.csv")
    return tmp_path


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def test_ag_news_gives_the_rows_that_torchtext_iterates_over(
    torchtext: ModuleType, ag_news: Path, data_dir: Path
) -> None:
    rows = list(torchtext.datasets.AG_NEWS(root=str(ag_news), split="test"))
    path = data_dir / "ag_news" / "test.csv"
    texts = Csv(train=path, test=path, text=(1, 2), label=0, header=False).build()().test
    assert len(rows) == 7600
    assert [text for _, text in rows] == list(texts.texts)
    assert [str(label) for label, _ in rows] == list(texts.labels)


def test_the_dataset_gives_the_rows_that_torchtext_iterates_over(
    torchtext: ModuleType, ag_news: Path
) -> None:
    rows = list(torchtext.datasets.AG_NEWS(root=str(ag_news), split="test"))
    settings = TorchtextDataset(name="AG_NEWS", root=ag_news, train="test")
    splits = settings.build()()
    assert list(zip(splits.test.labels, splits.test.texts, strict=True)) == [
        (str(n), text) for n, text in rows
    ]
    assert len(splits.train) + len(splits.valid) == len(rows)
    assert splits.source == "torchtext AG_NEWS"
    assert len(set(splits.train.labels)) == 4


def test_valid_is_drawn_from_train_or_a_split_of_its_own(torchtext: ModuleType, ag_news: Path) -> None:
    drawn = TorchtextDataset(name="AG_NEWS", root=ag_news, train="test").build()()
    assert [len(drawn.train), len(drawn.valid), len(drawn.test)] == [6840, 760, 7600]
    named = TorchtextDataset(name="AG_NEWS", root=ag_news, train="test", valid="test").build()()
    assert [len(named.train), len(named.valid), len(named.test)] == [7600, 7600, 7600]


def test_a_file_that_is_missing_is_not_downloaded_unasked(torchtext: ModuleType, ag_news: Path) -> None:
    with pytest.raises(NetworkError) as caught:
        TorchtextDataset(name="AG_NEWS", root=ag_news).build()()
    assert caught.value.message == (
        f"a file of torchtext's AG_NEWS is missing in {ag_news} or is not the official one, "
        "and download is false"
    )
    assert caught.value.location.endswith("train.csv")
    assert files(ag_news) == ["test.csv"]


def test_a_file_that_is_another_than_the_official_one_is_neither_read_nor_replaced(
    torchtext: ModuleType, ag_news: Path
) -> None:
    path = ag_news / "datasets" / "AG_NEWS" / "test.csv"
    path.write_text('"3","mine","own"\n')
    with pytest.raises(NetworkError, match="or is not the official one"):
        TorchtextDataset(name="AG_NEWS", root=ag_news, train="test").build()()
    assert path.read_text() == '"3","mine","own"\n'
    assert files(ag_news) == ["test.csv"]


def test_the_network_may_be_forbidden_to_a_dataset_that_asks_for_it(
    torchtext: ModuleType, ag_news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NLPKIT_OFFLINE", "1")
    with pytest.raises(NetworkError, match="NLPKIT_OFFLINE forbids downloading it"):
        TorchtextDataset(name="AG_NEWS", root=ag_news, download=True).build()()


def test_torchtext_downloads_where_it_is_asked_to(
    torchtext: ModuleType, ag_news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def get(session: object, url: str, **options: object) -> None:
        asked.append(url)
        raise ConnectionError("far away")

    monkeypatch.setattr("requests.Session.get", get)
    with pytest.raises(NetworkError, match="torchtext could not get AG_NEWS: far away"):
        TorchtextDataset(name="AG_NEWS", root=ag_news, download=True).build()()
    assert [url.rpartition("/")[2] for url in asked] == ["train.csv"]


def test_a_package_that_datasets_need_is_named(
    torchtext: ModuleType, ag_news: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in ("torchdata.datapipes.iter.util", "torchdata.datapipes.iter.util.cacheholder"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingError) as caught:
        TorchtextDataset(name="AG_NEWS", root=ag_news).build()()
    assert str(caught.value).startswith("torchtext.datasets.AG_NEWS needs torchdata 0.7.1 and portalocker (")
    assert str(caught.value).endswith("): install them, or take nlpkit's dataset ag_news")


def test_a_map_style_dataset_is_what_columns_of_texts_are_already(
    torchtext: ModuleType, ag_news: Path
) -> None:
    rows = torchtext.data.functional.to_map_style_dataset(
        torchtext.datasets.AG_NEWS(root=str(ag_news), split="test")
    )
    texts = TorchtextDataset(name="AG_NEWS", root=ag_news, train="test").build()().test
    assert len(rows) == len(texts)
    assert rows[7] == (int(texts.labels[7]), texts.texts[7])


def test_an_experiment_file_names_the_dataset_and_its_split(torchtext: ModuleType, ag_news: Path) -> None:
    data = {"type": "torchtext", "name": "AG_NEWS", "root": str(ag_news), "train": "test"}
    experiment = experiment_of({"data": data, "encoder": {"type": "lstm"}})
    assert experiment.data == TorchtextDataset(name="AG_NEWS", root=ag_news, train="test")
