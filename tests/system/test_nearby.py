"""Misspelt paths."""

from __future__ import annotations

from pathlib import Path

import pytest

from nlpkit.system.nearby import did_you_mean_path, nearby


@pytest.fixture
def there(tmp_path: Path) -> Path:
    (tmp_path / "reviews" / "Good").mkdir(parents=True)
    for name in ("tickets.csv", "reviews/train.csv", ".hidden.csv"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ticket.csv", "tickets.csv"),
        ("TICKETS.CSV", "tickets.csv"),
        ("review", "reviews"),
        ("revews/train.csv", "reviews/train.csv"),
        ("revews/gone.csv", "reviews"),
        ("reviews/good", "reviews/Good"),
        ("reviews/trian.csv", "reviews/train.csv"),
        ("hidden.csv", None),
        ("nothing-like-it", None),
        ("tickets.csv/x", None),
    ],
)
def test_the_nearest_name_at_the_first_part_that_is_missing(
    there: Path, typed: str, meant: str | None
) -> None:
    assert nearby(there / typed) == (there / meant if meant else None)


def test_the_hint_is_empty_where_nothing_is_near(there: Path) -> None:
    assert did_you_mean_path(there / "ticket.csv") == f"did you mean {there / 'tickets.csv'}?"
    assert did_you_mean_path(there / "zzz") == ""
    assert did_you_mean_path(Path("a\0b")) == ""


def test_a_relative_path_stays_relative(there: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(there)

    assert nearby(Path("ticket.csv")) == Path("tickets.csv")
