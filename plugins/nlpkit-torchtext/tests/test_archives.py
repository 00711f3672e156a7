"""Datasets that torchtext unpacks, on small archives of the same layout, against nlpkit's own readers."""

from __future__ import annotations

import hashlib
import tarfile
import zipfile
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from nlpkit import Csv, Split, Texts, Tsv
from nlpkit_torchtext import TorchtextDataset

WHOLE = Split(valid_fraction=0.0, test_fraction=0.0)
CSV = '"1","A ""first"" title","Some text, here"\n"2","Another","More\\ttext"\n"1","Last","one"\n'
SST2 = "sentence\tlabel\nhide new secretions \t0\ncontains no wit , only labored gags \t1\n"
COLA = "gj04\t1\t\tOur friends won't buy this.\nks08\t0\t*\tThey \"drank the pub.\ncj99\t1\t\tSing.\n"


def packed(root: Path, module: ModuleType, archive: str, contents: dict[str, str]) -> Path:
    """Put an archive where torchtext looks for it; the folder it is unpacked in."""
    folder = root / "datasets" / str(module.DATASET_NAME)
    folder.mkdir(parents=True)
    for name, content in contents.items():
        path = root / "packed" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    if archive.endswith(".zip"):
        with zipfile.ZipFile(folder / archive, "w") as file:
            for name in contents:
                file.write(root / "packed" / name, name)
    else:
        with tarfile.open(folder / archive, "w:gz") as tar:
            for name in contents:
                tar.add(root / "packed" / name, name)
    return folder


def rows(part: Texts) -> list[tuple[str, str]]:
    return list(zip(part.labels, part.texts, strict=True))


def old_and_new(
    name: str, archive: str, contents: dict[str, str], root: Path, patch: pytest.MonkeyPatch
) -> tuple[TorchtextDataset, Path]:
    module = import_module(f"torchtext.datasets.{name.lower()}")
    folder = packed(root, module, archive, contents)
    md5 = hashlib.md5((folder / archive).read_bytes(), usedforsecurity=False).hexdigest()
    patch.setattr(module, "MD5", md5)
    return TorchtextDataset(name=name, root=root, split=WHOLE), folder  # type: ignore[arg-type]


def test_csv_reads_what_dbpedia_gives(
    torchtext: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = {f"dbpedia_csv/{part}.csv": CSV for part in ("train", "test")}
    old, folder = old_and_new("DBpedia", "dbpedia_csv.tar.gz", contents, tmp_path, monkeypatch)
    expected = rows(old.build()().train)
    train = folder / "dbpedia_csv" / "train.csv"
    new = Csv(train=train, text=(1, 2), label=0, header=False, split=WHOLE).build()().train
    assert len(expected) == 3
    assert rows(new) == expected


def test_tsv_reads_what_sst2_gives(
    torchtext: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = {f"SST-2/{part}.tsv": SST2 for part in ("train", "dev")}
    old, folder = old_and_new("SST2", "SST-2.zip", contents, tmp_path, monkeypatch)
    expected = rows(old.build()().train)
    assert expected == [("0", "hide new secretions"), ("1", "contains no wit , only labored gags")]
    new = Tsv(train=folder / "SST-2" / "train.tsv", text=("sentence",), split=WHOLE).build()().train
    assert [(label, text.strip()) for label, text in rows(new)] == expected


def test_tsv_reads_what_cola_gives_and_the_row_that_torchtext_leaves_out(
    torchtext: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = ("in_domain_train", "in_domain_dev", "out_of_domain_dev")
    contents = {f"cola_public/raw/{part}.tsv": COLA for part in parts}
    old, folder = old_and_new("CoLA", "cola_public_1.1.zip", contents, tmp_path, monkeypatch)
    train = folder / "cola_public" / "raw" / "in_domain_train.tsv"
    expected = rows(old.build()().train)
    new = Tsv(train=train, text=(3,), label=1, header=False, quoted=False, split=WHOLE).build()().train
    assert expected == [("0", 'They "drank the pub.'), ("1", "Sing.")]
    assert rows(new) == [("1", "Our friends won't buy this."), *expected]
