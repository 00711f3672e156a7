from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpkit.cli.reading import name_for

EVERYTHING = {
    "experiment.toml",
    "audit.json",
    "manifest.json",
    "metrics.jsonl",
    "model",
    "predictions.csv",
    "report.html",
    "report.json",
    "report.txt",
    "scores.json",
}


def test_a_run_is_written_where_the_file_says_and_numbered_when_that_is_taken(
    tiny: Path, nlpkit: Callable[..., Any], tmp_path: Path
) -> None:
    first, second = nlpkit("run", "tiny.toml"), nlpkit("run", tiny)
    assert (first.code, second.code) == (0, 0)
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {"tiny", "tiny-2"}
    assert {path.name for path in (tmp_path / "runs" / "tiny").iterdir()} == EVERYTHING
    assert first.err.startswith("tiny.toml -> runs/tiny\n")
    assert first.err.endswith(
        'written to runs/tiny: open report.html, or try\n  nlpkit predict runs/tiny "a text"\n'
    )
    report = (tmp_path / "runs/tiny/report.txt").read_text(encoding="utf-8")
    assert first.out == second.out
    assert report.startswith(first.out.rstrip("\n"))


def test_a_note_is_shown_once_as_it_comes_and_kept_in_the_report(
    tiny: Path, nlpkit: Callable[..., Any]
) -> None:
    code, out, err = nlpkit("run", tiny, "--set", "collator.max_tokens=2", "--folder", "here")
    [note] = [line for line in err.splitlines() if "are longer than 2 tokens" in line]
    assert code == 0
    assert "longer than 2 tokens" not in out
    assert note in Path("here/report.txt").read_text(encoding="utf-8").splitlines()


def test_json_is_one_document_and_all_else_is_on_stderr(tiny: Path, nlpkit: Callable[..., Any]) -> None:
    code, out, err = nlpkit("run", tiny, "--json", "--folder", "here")
    document = json.loads(out)
    assert code == 0
    assert "epoch 1/1: loss=" in err
    assert document["folder"] == "here"
    assert set(document["scores"]) == {"accuracy", "log_loss"}
    assert [epoch["epoch"] for epoch in document["epochs"]] == [1]
    scored = json.loads(Path("here/scores.json").read_text(encoding="utf-8"))
    assert {name: document[name] for name in scored} == scored
    assert document["manifest"] == json.loads(Path("here/manifest.json").read_text(encoding="utf-8"))


def test_set_changes_a_setting(tiny: Path, nlpkit: Callable[..., Any]) -> None:
    code, _, err = nlpkit("run", tiny, "--set", "trainer.epochs=2", "--set", "seed=7", "--folder", "here")
    assert code == 0
    assert "epoch 2/2" in err
    assert "seed = 7\n" in Path("here/experiment.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("new.csv", "new"),
        ("new.v2.csv.gz", "new.v2"),
        ("NEW.JSONL.XZ", "NEW"),
        ("mine.toml", "mine"),
        ("experiment.toml", "experiment"),
        ("old/experiment.toml", "old"),
        ("old/other.toml", "other"),
        (".", "here"),
        ("old/..", "here"),
        ("reviews.v1", "reviews.v1"),
        ("reviews.v1/", "reviews.v1"),
        ("/", "experiment"),
    ],
)
def test_a_run_is_named_after_what_it_is_made_of(
    file: str, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in ("here/old", "here/reviews.v1"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "here/old/manifest.json").touch()
    monkeypatch.chdir(tmp_path / "here")
    assert name_for(Path(file)) == name


def test_the_settings_of_a_run_run_again_beside_it(tiny: Path, nlpkit: Callable[..., Any]) -> None:
    assert nlpkit("run", tiny).code == 0
    assert nlpkit("run", "runs/tiny/experiment.toml").err.startswith(
        "runs/tiny/experiment.toml -> runs/tiny-2\n"
    )


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("encoder.embeding.size=8", "encoder.embeding: no such setting; did you mean embedding?"),
        (
            "encoder.embedding.size=1000000000000",
            "encoder.embedding.size: 1000000000000 is not a whole number",
        ),
        ("trainer.learning_rate=nan", "trainer.learning_rate: nan is not a number"),
        ("trainer.epochs=-1", "trainer.epochs: -1 is not a whole number"),
        ("metrics=[]", "metrics: is empty"),
        ("data.type=\x1b[31m", "data.type: dataset '\\x1b[31m' is not known"),
        ("seed", "--set 'seed' is not KEY=VALUE"),
    ],
)
def test_a_wrong_setting_is_refused_before_anything_is_written(
    override: str,
    said: str,
    tiny: Path,
    nlpkit: Callable[..., Any],
    tmp_path: Path,
    tree_of: Callable[[Path], Any],
) -> None:
    before = tree_of(tmp_path)
    code, out, err = nlpkit("run", tiny, "--set", override)
    assert (code, out) == (2, "")
    assert said in err
    assert tree_of(tmp_path) == before


def test_a_folder_that_exists_is_refused_and_nothing_is_written(
    tiny: Path, nlpkit: Callable[..., Any], tmp_path: Path, tree_of: Callable[[Path], Any]
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "file").write_text("mine", encoding="utf-8")
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "loop").symlink_to("loop")
    before = tree_of(tmp_path)
    for folder, said in {
        "mine": "mine: this folder exists, and nothing is ever overwritten",
        "file": "file: this file exists, and nothing is ever overwritten",
        "dangling": "dangling: this file exists, and nothing is ever overwritten",
        "file/run": f"{tmp_path}/file: this is not a folder",
        "file/in/run": f"{tmp_path}/file: this is not a folder",
        "dangling/run": f"{tmp_path}/dangling: this is not a folder",
        "loop/run": "loop/run: cannot be made: Too many levels of symbolic links",
        "x" * 256: f"{'x' * 256}: cannot be made: File name too long",
    }.items():
        found = nlpkit("run", tiny, "--folder", folder)
        assert found == (2, "", f"error: {said}\n  give another --folder\n")
    assert tree_of(tmp_path) == before


def test_a_read_only_place_is_refused(
    tiny: Path, nlpkit: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locked = tmp_path / "locked"
    locked.mkdir()
    real = os.access  # to root nothing is read-only
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) != locked and real(path, mode))
    code, _, err = nlpkit("run", tiny, "--folder", "locked/run")
    assert code == 2
    assert err == f"error: {tmp_path}/locked: this folder may not be written to\n  give another --folder\n"


@pytest.mark.parametrize(
    "name", ["é" * 127 + "x", "a b/ c'\"d", "наука/新聞/🗞", "../beside", "-- x", "line\nbreak"]
)
def test_a_folder_may_have_any_name(name: str, tiny: Path, nlpkit: Callable[..., Any]) -> None:
    Path("work").mkdir()
    os.chdir("work")
    assert nlpkit("run", tiny, f"--folder={name}").code == 0
    assert {path.name for path in Path(name).iterdir()} == EVERYTHING
    assert not list(Path(name).parent.glob(".*partial*"))


def test_each_exit_code_has_its_reason(
    tiny: Path, nlpkit: Callable[..., Any], tree_of: Callable[[Path], Any]
) -> None:
    Path("csv.toml").write_text(
        'data = {type = "csv", train = "gone.csv"}\nencoder = "lstm"', encoding="utf-8"
    )
    Path("news.toml").write_text('data = "ag_news"\nencoder = "lstm"', encoding="utf-8")
    before = tree_of(Path())
    assert nlpkit("run", "tinny.toml") == (
        2,
        "",
        "error: tinny.toml: there is no such file\n  did you mean tiny.toml?\n",
    )
    missing, offline = nlpkit("run", "csv.toml"), nlpkit("run", "news.toml")
    assert missing.code == 3
    assert "error: gone.csv: " in missing.err
    assert offline.code == 5
    assert "NLPKIT_OFFLINE forbids downloading it" in offline.err
    assert tree_of(Path()) == before


def test_data_that_stands_in_is_said_loudly_everywhere(nlpkit: Callable[..., Any]) -> None:
    Path("news.toml").write_text(
        'encoder = {type = "embedding_mean", embedding = {size = 4}}\n'
        'trainer = {type = "standard", epochs = 1}\n'
        '[data]\ntype = "ag_news"\n'
        'fallback = {type = "headlines", train_size = 40, valid_size = 8, test_size = 8}\n',
        encoding="utf-8",
    )
    code, out, err = nlpkit("run", "news.toml", "--set", "collator=padify")
    folder = Path("runs/news")
    said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["data"]["substitute"]
    assert code == 0
    assert said.startswith("NOT AG NEWS: headlines stands in for it, because ")
    banner = f"{'!' * 78}\n{said}\n{'!' * 78}\n"
    assert banner in err
    assert out.startswith(banner)
    assert (folder / "report.txt").read_text(encoding="utf-8").startswith(banner)
    assert f'<p class="loud">{said}</p>' in (folder / "report.html").read_text(encoding="utf-8")


def test_the_surroundings_change_nothing(
    tiny: Path, nlpkit: Callable[..., Any], program: Callable[..., Any], tmp_path: Path
) -> None:
    import torch

    torch.set_num_threads(1)
    assert nlpkit("run", tiny, "--folder", "here").code == 0
    odd = {
        "LC_ALL": "C",
        "PYTHONUTF8": "0",
        "PYTHONCOERCECLOCALE": "0",
        "TZ": "Asia/Kathmandu",
        "TERM": "dumb",
    }
    gone = ["HOME", "LANG", "USER", "LOGNAME"]
    kept = {name: os.environ.pop(name) for name in gone if name in os.environ}
    try:
        process = program("run", tiny, "--folder", "thére", env={**odd, "PYTHONHASHSEED": "77"})
    finally:
        os.environ.update(kept)
    _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    for name in (
        "model/weights.safetensors",
        "predictions.csv",
        "scores.json",
        "experiment.toml",
        "report.txt",
    ):
        assert (tmp_path / "thére" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()


def test_a_name_that_another_run_takes_meanwhile_is_followed_by_the_next(
    tiny: Path, nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from nlpkit.runs import run as running

    real = running.run

    def late(experiment: Any, folder: Path, **named: Any) -> Any:
        if folder == Path("runs/tiny"):
            folder.mkdir(parents=True)
        return real(experiment, folder, **named)

    monkeypatch.setattr(running, "run", late)
    code, _, err = nlpkit("run", tiny)
    assert code == 0
    assert "written to runs/tiny-2:" in err


def test_what_others_print_while_an_experiment_runs_is_no_result(
    nlpkit: Callable[..., Any], tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from nlpkit.runs import run as running

    def chatty(*given: Any, **named: Any) -> Any:
        print("printed by a tracker")
        return run(*given, **named)

    run = running.run
    monkeypatch.setattr(running, "run", chatty)
    code, out, err = nlpkit("run", tiny, "--json")
    assert (code, json.loads(out)["folder"]) == (0, "runs/tiny")
    assert "printed by a tracker\n" in err
