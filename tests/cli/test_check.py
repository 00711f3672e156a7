from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any


def test_a_file_that_can_run_is_told_in_a_few_lines(tiny: Path, nlpkit: Callable[..., Any]) -> None:
    assert nlpkit("check", tiny) == (
        0,
        f"{tiny}: these settings can run; no row of the data has been read\n"
        "  data       headlines\n"
        "  encoder    embedding_mean\n"
        "  tokenizer  basic_english\n"
        "  collator   offsetify\n"
        "  trainer    standard\n",
        "",
    )


def test_the_files_that_a_part_names_are_told_with_it(nlpkit: Callable[..., Any]) -> None:
    for name in ("a.csv", "b.csv", "glove.txt"):
        Path(name).write_text("text,label\n", encoding="utf-8")
    Path("a.toml").write_text(
        'data = {type = "csv", train = "a.csv", test = "b.csv"}\n'
        'encoder = {type = "gru", embedding = {vectors = "glove.txt"}}\n',
        encoding="utf-8",
    )
    code, out, _ = nlpkit("check", "a.toml")
    assert code == 0
    assert out.splitlines()[1:3] == ["  data       csv, a.csv, b.csv", "  encoder    gru, glove.txt"]


def test_every_setting_is_printed_where_it_is_asked_for(tiny: Path, nlpkit: Callable[..., Any]) -> None:
    code, out, err = nlpkit("check", tiny, "--set", "encoder.embedding.size=8", "--settings")
    assert (code, err) == (0, "")
    assert out.startswith(f"# {tiny}: these settings can run; no row of the data has been read\n")
    table = tomllib.loads(out)
    assert table["encoder"]["embedding"]["size"] == 8
    assert table["tokenizer"] == {"type": "basic_english"}
    assert json.loads(nlpkit("check", tiny, "--json").out)["ok"] is True


def test_all_problems_are_told_at_once(tiny: Path, nlpkit: Callable[..., Any]) -> None:
    changes = ("encoder.hiden=1", "trainer.epochs=0", "data.train_size='many'", "colour='red'")
    line = [part for change in changes for part in ("--set", change)]
    code, out, err = nlpkit("check", tiny, *line)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {tiny}: 4 problems with the settings\n")
    for place in ("encoder.hiden", "trainer.epochs", "data.train_size", "colour"):
        assert f"\n  {place}: " in err
    document = nlpkit("check", tiny, *line, "--json")
    assert document.code == 2
    assert len(json.loads(document.out)["problems"]) == 4


def test_what_is_no_experiment_file_is_told_in_two_lines(nlpkit: Callable[..., Any]) -> None:
    Path("a.toml").write_bytes(b"\xff\xfe")
    Path("b.toml").write_text("= 1", encoding="utf-8")
    Path("c.toml").mkdir()
    Path("d.toml").write_text("", encoding="utf-8")
    for file, said in {
        "a.toml": "error: a.toml: byte 0 is not UTF-8",
        "b.toml": "error: b.toml:1:1: this is not TOML: invalid statement\n  = 1\n",
        "c.toml": "error: c.toml: this is a folder, not a TOML file",
        "d.toml": "error: d.toml: a problem with the settings\n  data: is required and missing",
        "nothing": "error: nothing: there is no such file\n",
    }.items():
        code, out, err = nlpkit("check", file)
        assert (code, out) == (2, "")
        assert err.startswith(said)


def test_what_is_not_here_is_told_as_a_run_tells_it_before_it_reads(nlpkit: Callable[..., Any]) -> None:
    Path("a.toml").write_text('data = {type = "csv", train = "gone.csv"}\nencoder = "lstm"', encoding="utf-8")
    code, out, err = nlpkit("check", "a.toml")
    assert (code, out) == (3, "")
    assert err == (
        f"error: gone.csv: there is no such file\n  check the path; it is looked for from {Path.cwd()}\n"
    )
    assert nlpkit("run", "a.toml", "--folder", "b").err == f"a.toml -> b\n{err}"
    document = nlpkit("check", "a.toml", "--json")
    assert (document.code, json.loads(document.out)) == (
        3,
        {"ok": False, "problems": ["gone.csv: there is no such file"]},
    )


def test_all_that_is_not_here_is_told_at_once(nlpkit: Callable[..., Any]) -> None:
    Path("a.toml").write_text(
        'encoder = {type = "gru", embedding = {vectors = "glove.txt"}}\nvocab = {file = "tokens.txt"}\n'
        'trainer = {type = "standard", device = "cuda:99"}\n'
        'data = {type = "csv", train = "a.toml", valid = "", test = "."}\n',
        encoding="utf-8",
    )
    assert "\n  data.valid: '' is not a path\n" in nlpkit("check", "a.toml").err
    for verb in ("check", "run"):
        code, out, err = nlpkit(verb, "a.toml", "--set", "data.valid=folder/x.csv")
        assert (code, out) == (2, "")
        assert err.removeprefix("a.toml -> runs/a\n") == (
            "error: 5 problems with what this experiment needs\n"
            "  folder/x.csv: there is no such file\n"
            "  .: this is a folder, not a file\n"
            "  glove.txt: there is no such file\n"
            "  tokens.txt: there is no such file\n"
            "  trainer.device: 'cuda:99' cannot be used here: torch finds none of that kind\n"
        )
    assert not Path("runs").exists()


def test_checking_reads_no_row_and_says_so(nlpkit: Callable[..., Any]) -> None:
    Path("a.csv").write_bytes(b"\xff\n")
    Path("a.toml").write_text('data = {type = "csv", train = "a.csv"}\nencoder = "lstm"', encoding="utf-8")
    assert nlpkit("check", "a.toml").code == 0
    assert "It does not read a row of the data" in " ".join(nlpkit("check", "--help").out.split())
