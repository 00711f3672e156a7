from __future__ import annotations

from pathlib import Path

import pytest

from nlpkit.errors import StorageError
from nlpkit.system.attempt import attempt


def test_of_two_attempts_the_first_that_ends_stays(tmp_path: Path) -> None:
    path = tmp_path / "part"
    with attempt(path) as slow:
        (slow / "rows").write_text("slow", encoding="utf-8")
        with attempt(path) as fast:
            (fast / "rows").write_text("fast", encoding="utf-8")
    assert (path / "rows").read_text(encoding="utf-8") == "fast"
    assert list(tmp_path.iterdir()) == [path]


def test_after_an_error_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), attempt(tmp_path / "part") as folder:
        (folder / "rows").write_text("half", encoding="utf-8")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_gone_is_a_failing_disk(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be written"), attempt(tmp_path / "gone" / "part"):
        pass
