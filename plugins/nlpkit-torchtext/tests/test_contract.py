"""The promises that nlpkit.testing checks of every component."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import ModuleType

import pytest

from nlpkit import Tokenizer
from nlpkit.testing import Check, check_dataset, parametrize_with_checks
from nlpkit_torchtext import TorchtextDataset, TorchtextTokenizer


@pytest.mark.usefixtures("torchtext")
@parametrize_with_checks([TorchtextTokenizer(), TorchtextTokenizer(name="toktok")])
def test_a_tokenizer_keeps_its_promises(component: Tokenizer, check: Check) -> None:
    check(component)


def test_a_dataset_keeps_its_promises(torchtext: ModuleType, tmp_path: Path, data_dir: Path) -> None:
    folder = tmp_path / "datasets" / "AG_NEWS"
    folder.mkdir(parents=True)
    shutil.copyfile(data_dir / "ag_news" / "test.csv", folder / "test.csv")
    check_dataset(TorchtextDataset(name="AG_NEWS", root=tmp_path, train="test"))
