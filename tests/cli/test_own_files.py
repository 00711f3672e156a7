"""`nlpkit run` and `nlpkit init` of a file of texts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpkit import load_experiment

ROWS = "".join(f"the {'oven' if i % 2 else 'bill'} of day {i};{i % 2}\n" for i in range(60))
QUICK = ("--set", "effort=quick")


@pytest.fixture
def tickets(nlpkit: Callable[..., Any]) -> Path:
    path = Path("tickets.csv")
    path.write_text(f"body;team\n{ROWS}", encoding="utf-8")
    return path


def test_a_file_of_texts_goes_to_a_score(nlpkit: Callable[..., Any], tickets: Path) -> None:
    code, out, err = nlpkit("run", tickets, *QUICK)

    assert code == 0
    assert "scores of 12 texts" in out
    assert ('tickets.csv: read with delimiter = ";" and text = "body" and label = "team"\n') in err
    assert "written to runs/tickets" in err


def test_a_model_reads_files_as_its_training_file_was_read(nlpkit: Callable[..., Any], tickets: Path) -> None:
    assert nlpkit("run", tickets, *QUICK).code == 0

    assert "scores of 60 texts" in nlpkit("evaluate", "runs/tickets", tickets).out
    assert nlpkit("predict", "runs/tickets", "--input", tickets).out.count("\n") == 60
    Path("other.jsonl").write_text('{"body": "the oven", "team": "1"}\n', encoding="utf-8")
    assert "scores of 1 text, with" in nlpkit("evaluate", "runs/tickets", "other.jsonl").out
    Path("comma.csv").write_text("text,team\nthe oven,1\n", encoding="utf-8")
    said = nlpkit("evaluate", "runs/tickets", "comma.csv", "--delimiter", ",", "--text", "text")
    assert "scores of 1 text, with" in said.out


def test_the_values_of_a_column_have_scores_of_their_own(nlpkit: Callable[..., Any], tickets: Path) -> None:
    rows = "".join(f"{row};{'de' if place % 3 else ''}\n" for place, row in enumerate(ROWS.splitlines()))
    tickets.write_text(f"body;team;country\n{rows}", encoding="utf-8")
    told = nlpkit("run", tickets, *QUICK, "--text", "body", "--label", "team", "--slice", "country")
    assert told.code == 0
    assert "slices of the test texts" in told.out
    assert "\n  country\n    de " in told.out
    assert "\n    (blank) " in told.out
    assert load_experiment("runs/tickets/experiment.toml").data.slices == ("country",)  # type: ignore[attr-defined]
    assert nlpkit("run", tickets, "--slice", "cuntry", "--text", "body", "--label", "team").code == 3


def test_options_go_before_what_is_found(nlpkit: Callable[..., Any], tickets: Path) -> None:
    code, _, err = nlpkit("run", tickets, *QUICK, "--label", "body", "--text", "team", "--delimiter", ";")

    assert code == 3
    assert "read with" not in err


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["--label", "teem"], 3, "there is no column 'teem'\n  did you mean team?"),
        (["--coerce"], 2, "coerce = true (--coerce) is not for csv files\n  known: "),
        (["--delimiter", ""], 2, "delimiter: '' is not one character that can stand between cells"),
        (["--skip-rows", "-1"], 2, "skip_rows: -1 is not a whole number from 0 to 1000000"),
        (["--set", "trainer.epoch=1"], 2, "trainer.epoch: no such setting; did you mean epochs?"),
    ],
)
def test_what_cannot_be_meant_is_refused(
    options: list[str], code: int, said: str, nlpkit: Callable[..., Any], tickets: Path
) -> None:
    refused = nlpkit("run", tickets, *options)

    assert refused.code == code
    assert said in refused.err
    assert not Path("runs").exists()


def test_init_writes_the_experiment_that_run_trains(nlpkit: Callable[..., Any], tickets: Path) -> None:
    code, out, err = nlpkit("init", tickets, *QUICK)

    assert (code, out) == (0, "tickets.toml\n")
    assert "next: nlpkit run tickets.toml" in err
    assert nlpkit("run", tickets, *QUICK, "--folder", "a").code == 0
    assert load_experiment("tickets.toml") == load_experiment("a/experiment.toml")
    assert nlpkit("init", tickets).code == 2
    assert nlpkit("init", tickets, "--output", "deep.toml", "--text", "body").code == 0


def test_options_change_the_data_of_an_experiment(nlpkit: Callable[..., Any], tickets: Path) -> None:
    Path("a.toml").write_text(
        'encoder = "embedding_mean"\ncollator = "offsetify"\n[trainer]\ntype = "standard"\nepochs = 1\n'
        '[data]\ntype = "csv"\ntrain = "tickets.csv"\n',
        encoding="utf-8",
    )

    assert nlpkit("run", "a.toml").code == 3
    assert nlpkit("run", "a.toml", "--delimiter", ";", "--text", "body", "--label", "team").code == 0
    refused = nlpkit("run", "a.toml", "--format", "csv")
    assert (refused.code, "--format is for a file of texts" in refused.err) == (2, True)


def test_a_file_of_an_unknown_ending_is_an_experiment(nlpkit: Callable[..., Any], tickets: Path) -> None:
    tickets.rename("tickets.dat")

    refused = nlpkit("run", "tickets.dat")

    assert refused.code == 2
    assert 'if it is a file of texts, name its format: type = "FORMAT" (--format "FORMAT")' in refused.err
    assert nlpkit("run", "tickets.dat", "--format", "csv", *QUICK).code == 0
