from __future__ import annotations

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from nlpkit.data.named_files import named_files
from nlpkit.data.texts import SourceFile


@dataclass(frozen=True)
class Settings:
    folder: Path
    files: tuple[Path, ...] = ()
    name: str = "a.txt"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.txt", "a/b.txt", ".hidden", ".git/config"):
        (tmp_path / "texts" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "texts" / name).write_text(f"text of {name}", encoding="utf-8")
    (tmp_path / "one.txt").write_text("one", encoding="utf-8")
    return tmp_path


def source(name: str, text: str) -> SourceFile:
    return SourceFile(name, len(text), hashlib.sha256(text.encode()).hexdigest())


def test_files_and_those_in_folders_are_named_without_where_they_are(folder: Path) -> None:
    settings = Settings(folder / "texts", (folder / "one.txt", folder / "missing.txt"))
    assert named_files(settings) == (
        source("one.txt", "one"),
        source("a/b.txt", "text of a/b.txt"),
        source("b.txt", "text of b.txt"),
    )


def test_of_too_many_files_nothing_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[named_files.__module__], "MAX_FILES", 1)
    assert named_files(Settings(folder / "texts")) == ()
    assert named_files(Settings(folder / "one.txt")) == (source("one.txt", "one"),)
