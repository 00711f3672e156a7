from __future__ import annotations

import json
import random
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from nlpkit import DataError, Experiment, Headlines, Linear, Member, Offsetify, Tfidf, run, write_report
from tests.runs.quick import EXPERIMENT

PAGES = ("report.html", "report.txt")
FILES = ("scores.json", "manifest.json", "report.json", "audit.json")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rebuilt") / "run"
    run(EXPERIMENT, folder)
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    shutil.copytree(written, tmp_path / "run")
    return tmp_path / "run"


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_report_comes_to_the_same_bytes_and_nothing_else_is_touched(folder: Path) -> None:
    before = contents(folder)
    for name in PAGES:
        (folder / name).write_text("gone", encoding="utf-8")
    assert write_report(folder) == folder / "report.html"
    assert contents(folder) == before


KINDS = {
    "seeds": replace(EXPERIMENT, seeds=2),
    "several labels": replace(
        EXPERIMENT, data=Headlines(train_size=80, valid_size=20, test_size=20, multi_label=True)
    ),
    "pool with seeds": Experiment(
        data=EXPERIMENT.data,
        members=(
            Member(encoder=EXPERIMENT.encoder, collator=Offsetify(), trainer=EXPERIMENT.trainer),
            Member(encoder=Tfidf(), collator=Offsetify(), trainer=Linear(), refit=True),
        ),
        seeds=2,
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_of_any_run_comes_to_the_same_bytes(kind: str, tmp_path: Path) -> None:
    run(KINDS[kind], tmp_path / "run")
    before = contents(tmp_path / "run")
    write_report(tmp_path / "run")
    assert contents(tmp_path / "run") == before


def test_a_page_that_is_not_there_is_written(folder: Path) -> None:
    before = contents(folder)
    for name in PAGES:
        (folder / name).unlink()
    write_report(str(folder))
    assert contents(folder) == before


def test_a_page_elsewhere_leaves_the_run_alone(folder: Path, tmp_path: Path) -> None:
    before = contents(folder)
    (folder / "report.html").unlink()
    assert write_report(folder, tmp_path / "page.html") == tmp_path / "page.html"
    assert (tmp_path / "page.html").read_bytes() == before["report.html"]
    assert not (folder / "report.html").exists()


def test_an_older_run_gets_the_page_of_what_it_has(folder: Path) -> None:
    for name in ("report.json", "audit.json", "metrics.jsonl"):
        (folder / name).unlink()
    page = write_report(folder).read_text(encoding="utf-8")
    assert 'id="classes"' in page
    assert not any(f'id="{each}"' in page for each in ("mistakes", "words", "audit", "learning"))


@pytest.mark.parametrize("name", ["scores.json", "manifest.json", "experiment.toml"])
def test_a_folder_that_is_no_run_is_told_in_a_line(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(DataError, match=f"there is no {name} here: a run folder is expected"):
        write_report(folder)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("scores.json", "[]", "scores.json is damaged, or not from nlpkit run: it is no table"),
        ("report.json", "{", "report.json is damaged"),
        ("metrics.jsonl", "[1]", "metrics.jsonl is damaged, or not from nlpkit run: line 1 is no table"),
        ("scores.json", '{"texts": 3, "scores": {}}', "is damaged, or not from nlpkit run: "),
        ("report.json", '{"sure": [{}]}', "is damaged, or not from nlpkit run: "),
        ("audit.json", '{"parts": [1]}', "is damaged, or not from nlpkit run: "),
    ],
)
def test_a_damaged_file_is_told_in_a_line_and_nothing_is_written(
    folder: Path, name: str, content: str, reason: str
) -> None:
    (folder / name).write_text(content, encoding="utf-8")
    before = contents(folder)
    with pytest.raises(DataError) as caught:
        write_report(folder)
    assert reason in caught.value.message
    assert "\n" not in caught.value.message
    assert contents(folder) == before


def changed(value: Any, chance: random.Random) -> Any:
    """A JSON value of which one part is another."""
    odd = (None, -1, 10**30, float("inf"), float("nan"), "x", "<b>", [], {}, [[]], {"a": 1}, True)
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        if chance.random() < 0.1:
            return {name: each for name, each in value.items() if name != key}
        return {**value, key: changed(value[key], chance)}
    if isinstance(value, list) and value and chance.random() < 0.9:
        place = chance.randrange(len(value))
        return [*value[:place], changed(value[place], chance), *value[place + 1 :]]
    return chance.choice(odd)


@pytest.mark.parametrize("seed", range(120))
def test_any_other_value_in_a_file_is_a_page_or_a_line(folder: Path, seed: int) -> None:
    chance = random.Random(seed)
    path = folder / chance.choice(FILES)
    path.write_text(
        json.dumps(changed(json.loads(path.read_text(encoding="utf-8")), chance)), encoding="utf-8"
    )
    try:
        page = write_report(folder).read_text(encoding="utf-8")
    except DataError as error:
        assert "\n" not in error.message
    else:
        assert "<b>" not in page.split('<div class="frame">')[0]
