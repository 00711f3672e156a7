"""Files that are named in another way than a verb takes them, and columns that are found in them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Nlpkit = Callable[..., Any]
ROWS = [
    ("2024-01-02 10:00", "cannot log in", "the screen is black", "tech"),
    ("2024-01-03 11:00", "wrong bill sent", "you took it twice", "money"),
]


def tickets(folder: Path, delimiter: str = ";", header: str = "created;subject;body;team") -> Path:
    rows = [
        (day, f"{subject} {n}", f"{body} {n}", team) for n in range(20) for day, subject, body, team in ROWS
    ]
    lines = [header.replace(";", delimiter), *map(delimiter.join, rows)]
    path = folder / "tickets.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_other_columns_of_text_are_named_with_what_takes_them(nlpkit: Nlpkit, tmp_path: Path) -> None:
    tickets(tmp_path)

    _, _, err = nlpkit("check", "tickets.csv", "--label", "team")
    _, _, chosen = nlpkit("check", "tickets.csv", "--label", "team", "--text", "body")

    assert err == (
        'tickets.csv: read with delimiter = ";" and text = "body" '
        '(not \'subject\'; --text "subject" --text "body" takes both)\n'
    )
    assert chosen == 'tickets.csv: read with delimiter = ";"\n'


def test_a_misspelt_file_or_folder_leads_to_the_nearest(nlpkit: Nlpkit, tmp_path: Path) -> None:
    tickets(tmp_path)
    (tmp_path / "reviews").mkdir()

    assert nlpkit("run", "ticket.csv") == (
        3,
        "",
        "error: ticket.csv: there is no such file\n  did you mean tickets.csv?\n",
    )
    assert nlpkit("run", "review") == (
        2,
        "",
        "error: review: there is no such file\n  did you mean reviews?\n",
    )


def test_a_misspelt_file_in_an_experiment_leads_to_the_nearest(nlpkit: Nlpkit, tmp_path: Path) -> None:
    tickets(tmp_path)
    assert nlpkit("init", "tickets.csv", "--label", "team").code == 0
    written = (tmp_path / "tickets.toml").read_text(encoding="utf-8")
    (tmp_path / "tickets.toml").write_text(written.replace("tickets.csv", "tikets.csv"), encoding="utf-8")

    code, _, err = nlpkit("check", "tickets.toml")

    assert (code, err) == (
        3,
        "error: tikets.csv: there is no such file\n  did you mean tickets.csv?\n",
    )


@pytest.mark.parametrize("words", [("run", "-"), ("check", "-"), ("init", "-", "--output", "a.toml")])
def test_an_experiment_is_not_read_from_standard_input(nlpkit: Nlpkit, words: tuple[str, ...]) -> None:
    code, _, err = nlpkit(*words)

    assert code == 2
    assert err == "error: -: standard input is not read here\n  write it to a file, and name that\n"


def test_nothing_is_evaluated_from_standard_input(nlpkit: Nlpkit, trained: Path) -> None:
    code, _, err = nlpkit("evaluate", trained, "-")

    assert (code, err.splitlines()[0]) == (2, "error: -: standard input is not read here")


@pytest.mark.parametrize(
    ("words", "way"),
    [
        (("predict", "runs/a", "--file", "x.csv"), "did you mean --input?"),
        (("run", "--data", "x.csv"), "name the file without an option: nlpkit run FILE"),
        (("evaluate", "runs/a", "--file=x.csv"), "name the file without an option: nlpkit evaluate RUN FILE"),
    ],
)
def test_an_option_for_the_file_leads_to_how_it_is_given(
    nlpkit: Nlpkit, words: tuple[str, ...], way: str
) -> None:
    code, _, err = nlpkit(*words)

    assert code == 2
    assert re.fullmatch(rf"error: there is no option --(file|data)\n  {re.escape(way)}\n", err)
