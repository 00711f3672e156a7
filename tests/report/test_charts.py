from __future__ import annotations

import logging
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib
import pytest

from nlpkit.report.charts import lines, reliability
from nlpkit.report.svg import inlined
from tests.report.full import bin_of

LOSSES = {"train": [1.0, 0.5, 0.25], "valid": [0.9, 0.7, None]}


def points(svg: str, colour: str) -> list[list[float]]:
    """The corners of the first line of a colour."""
    path = re.search(rf'<path d="([^"]*)" style="fill: none;[^"]*stroke: var\(--{colour}\)', svg)
    assert path is not None
    return [[float(each) for each in place.split()] for place in re.split("[ML]", path[1])[1:]]


def test_a_line_goes_down_as_a_loss_does_and_ends_where_the_numbers_do() -> None:
    chart = lines("loss", LOSSES, best=2)
    assert chart is not None
    train, valid = points(chart.svg, "quiet"), points(chart.svg, "mark")
    assert (len(train), len(valid)) == (3, 2)
    assert train[0][1] < train[1][1] < train[2][1]  # y grows downwards
    assert (train[0][0], train[1][0]) == (valid[0][0], valid[1][0])
    assert (train[1][1] - train[0][1]) / (valid[1][1] - valid[0][1]) == pytest.approx(2.5, rel=1e-3)


def test_what_a_chart_shows_is_said_for_who_cannot_see_it() -> None:
    chart = lines("loss", LOSSES, best=2)
    assert chart is not None
    said = "train from 1.0000 to 0.2500; valid from 0.9000 to 0.7000; the model is from epoch 2"
    assert chart.alt == f"loss by epoch: {said}"
    assert 'aria-hidden="true"' in chart.svg


def test_a_chart_without_validation_or_numbers_has_what_there_is() -> None:
    chart = lines("loss", {"train": [1.0], "valid": [None]})
    assert chart is not None
    assert chart.alt == "loss by epoch: train 1.0000"
    assert lines("loss", {"train": [None], "valid": []}) is None
    assert reliability([bin_of(0)]) is None


@pytest.mark.parametrize("name", ["low", "high", "confidence", "accuracy"])
def test_a_bin_with_a_number_that_is_not_finite_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="a bin of the calibration has a number that is not finite"):
        reliability([bin_of(8), {**bin_of(9), name: float("inf")}])


def test_a_reliability_diagram_names_the_bin_that_counts_most() -> None:
    chart = reliability([bin_of(place) for place in range(15)])
    assert chart is not None
    worst = "the largest gap: where it is 96% sure, 93% of 9 are right"
    assert chart.alt == f"share of right texts by probability, in 9 bins; {worst}"
    assert len(points(chart.svg, "mark")) == 2  # the first interval


def test_a_chart_is_drawn_in_the_colours_of_the_page_and_with_no_name_twice() -> None:
    charts = [lines("loss", LOSSES, salt=salt) for salt in "01"]
    both = "".join(chart.svg for chart in charts if chart)
    assert not re.search(r"#[0-9a-f]{6}\b(?![0-9a-f])", re.sub(r'(id=|href=)"[^"]*"', "", both))
    assert not re.search(r"<style|<metadata|<!|xmlns|font-family|url\(", both)
    names = re.findall(r'\bid="([^"]*)"', both)
    assert names
    assert len(set(names)) == len(names)
    assert set(re.findall(r'href="#([^"]*)"', both)) <= set(names)


def test_the_same_numbers_make_the_same_chart_whatever_the_settings_of_the_process() -> None:
    first = lines("loss", LOSSES, best=2)
    with matplotlib.rc_context({"font.size": 30, "lines.linewidth": 9, "axes.grid": False, "svg.id": "x"}):
        assert lines("loss", LOSSES, best=2) == first
        assert matplotlib.rcParams["font.size"] == 30


def test_a_chart_leaves_the_settings_of_the_process_as_they_are() -> None:
    before = dict(matplotlib.rcParams)
    lines("loss", LOSSES)
    assert dict(matplotlib.rcParams) == before


def test_a_home_that_cannot_be_written_to_is_no_word_and_no_variable(tmp_path: Path) -> None:
    home = tmp_path / "file"
    home.touch()
    code = "import os; from nlpkit.report.charts import lines; lines('loss', {'train': [1.0, 0.5]}); "
    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            f"{code}print('MPLCONFIGDIR' in os.environ, 'matplotlib.pyplot' in __import__('sys').modules)",
        ],
        env={**os.environ, "HOME": str(home / "nowhere")},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert (ran.stdout, ran.stderr) == ("False False\n", "")


def test_the_level_of_the_log_is_as_it_was() -> None:
    level = logging.getLogger("matplotlib").level
    lines("loss", LOSSES)
    assert logging.getLogger("matplotlib").level == level


@pytest.mark.parametrize("count", [1, 2, 31, 400])
def test_any_number_of_epochs_is_drawn(count: int) -> None:
    chart = lines(
        "loss", {"train": [1 / epoch for epoch in range(1, count + 1)], "valid": [0.5] * count}, count
    )
    assert chart is not None
    assert len(points(chart.svg, "quiet")) <= count
    assert len(chart.svg) < 30_000


def test_something_else_than_a_drawing_is_refused() -> None:
    with pytest.raises(ValueError, match="not an SVG file of matplotlib"):
        inlined("<p>")


def test_equal_values_are_drawn_without_a_warning() -> None:
    series: dict[str, Any] = {"train": [0.5, 0.5], "valid": [0.5, 0.5]}
    assert lines("accuracy", series, 1) is not None
