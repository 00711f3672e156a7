from __future__ import annotations

import csv
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

WORDS = ["the coach praises the goalkeeper", "the minister\nmeets the senate", "a chip, a laser", ""]
READ = ("--header", "--text", "text", "--quoted")
CUT = ("--engine", "local", "--shard-bytes", "800")
Line = Callable[..., Any]


@pytest.fixture
def predict(trained: Path, nlpkit: Line) -> Line:
    rows = "".join(f'{row},"{WORDS[row % 4]} {row if row % 4 < 3 else ""}"\n' for row in range(200))
    Path("a.csv").write_text(f"id,text\n{rows}", encoding="utf-8")
    return lambda *more: nlpkit("predict", trained, "--input", "a.csv", *READ, *more)


def table(path: Path) -> list[dict[str, Any]]:
    """The rows of a file of answers."""
    if path.suffix in (".csv", ".tsv"):
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, delimiter="\t" if path.suffix == ".tsv" else ","))
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    from pyarrow import feather, parquet

    read = parquet.read_table if path.suffix == ".parquet" else feather.read_table
    return list(read(path).to_pylist())


def numbers_apart(rows: list[dict[str, Any]]) -> tuple[list[Any], list[float]]:
    """All cells but the probabilities, and these."""
    rest, numbers = [], []
    for row in rows:
        flat = {**row, **row.pop("probabilities", {})} if "probabilities" in row else row
        chances = {name: value for name, value in flat.items() if isinstance(value, float) or ":" in name}
        numbers += map(float, chances.values())
        rest.append({name: value for name, value in flat.items() if name not in chances})
    return rest, numbers


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet", "arrow"])
def test_the_parts_have_the_rows_of_the_one_file(ending: str, predict: Line) -> None:
    if ending in ("parquet", "arrow"):
        pytest.importorskip("pyarrow")
    asked = ("--id", "id", "--probabilities")
    alone = predict(*asked, "--output", f"one.{ending}")
    parts = predict(*asked, "--output", "new", *CUT, "--output-format", ending)
    assert (parts.code, parts.out) == (0, "")
    count = len(list(Path("new").glob(f"part-*.{ending}")))
    assert count > 5
    assert parts.err.splitlines()[-1] == f"written to new: 200 rows in {count} parts"
    notes = [line for line in alone.err.splitlines() if line.startswith("note: ")]
    assert [line for line in parts.err.splitlines() if line.startswith("note: ")] == notes
    cut = [row for path in sorted(Path("new").glob("part-*")) for row in table(path)]
    rest, numbers = numbers_apart(cut)
    whole_rest, whole_numbers = numbers_apart(table(Path(f"one.{ending}")))
    assert rest == whole_rest
    assert numbers == pytest.approx(whole_numbers, abs=2e-6)


def test_a_pattern_of_urls_is_read_with_fsspec(predict: Line, trained: Path, nlpkit: Line) -> None:
    pytest.importorskip("fsspec")
    assert predict("--output", "here", *CUT).code == 0
    url = f"file://{Path.cwd()}/*.csv"
    assert nlpkit("predict", trained, "--input", url, *READ, "--output", "new", *CUT).code == 0
    rows = [row for path in sorted(Path("new").glob("part-*")) for row in table(path)]
    assert {row.pop("file") for row in rows} == {f"file://{Path.cwd()}/a.csv"}
    assert rows == [row for path in sorted(Path("here").glob("part-*")) for row in table(path)]


def test_a_url_is_read_for_one_file_as_well(predict: Line, trained: Path, nlpkit: Line) -> None:
    pytest.importorskip("fsspec")
    assert predict("--output", "here.csv").code == 0
    url = f"file://{Path.cwd()}/a.csv"
    assert nlpkit("predict", trained, "--input", url, *READ, "--output", "new.csv").code == 0
    assert Path("new.csv").read_bytes() == Path("here.csv").read_bytes()
    code, _, err = nlpkit("predict", trained, "--input", f"{url}x", "--format", "csv", "--output", "no.csv")
    assert (code, err) == (3, f"error: {url}x: there is no such file\n  check the URL\n")


def test_parquet_parts_are_one_table_for_who_reads_the_folder(predict: Line) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert predict("--output", "new", *CUT, "--output-format", "parquet", "--on-error", "skip").code == 0
    assert parquet.read_table("new").column("row").to_pylist() == list(range(1, 201))


def test_an_interrupted_output_is_gone_on_with(predict: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    from nlpkit.predicting import sharded

    answer, seen = sharded.answer_shard, []

    def stopping(task: Any) -> Any:
        seen.append(task["number"])
        if len(seen) == 3:
            raise KeyboardInterrupt
        return answer(task)

    with monkeypatch.context() as patch:
        patch.setattr(sharded, "answer_shard", stopping)
        code, _, err = predict("--output", "new", *CUT, "--workers", "1")
    assert code == 130
    said, command = err.splitlines()[-2:]
    assert said == "interrupted: go on with"
    assert command.endswith("--engine local --shard-bytes 800 --workers 1 --resume")
    code, _, err = predict("--output", "new", *CUT)
    assert code == 2
    assert err.startswith("error: new: an unfinished output is here: 2 parts are finished in new.partial\n")
    assert "\n  go on with: nlpkit predict " in err
    assert predict("--output", "new", *CUT, "--resume").code == 0
    assert predict("--output", "whole", *CUT).code == 0
    for path in Path("whole").glob("part-*"):
        assert path.read_bytes() == (Path("new") / path.name).read_bytes()


def test_a_program_that_is_killed_leaves_its_parts(trained: Path, program: Line, predict: Line) -> None:
    line = ("predict", trained, "--input", "a.csv", *READ, "--output", "new", "--engine", "local")
    running = program(*line, "--shard-bytes", "300")
    work = Path("new.partial/_work")
    while running.poll() is None and not list(work.glob("part-*")):
        os.sched_yield()
    running.send_signal(signal.SIGKILL)
    running.communicate()
    kept = {path.name for path in work.glob("part-*")}
    assert kept
    assert predict("--output", "new", "--engine", "local", "--shard-bytes", "300", "--resume").code == 0
    rows = [row["row"] for path in sorted(Path("new").glob("part-*")) for row in table(path)]
    assert rows == list(range(1, 201))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["--output", "new.csv", "--engine", "local"],
         "new.csv: with --engine the output is a folder of parts\n"
         "  name a folder, and add --output-format csv"),
        (["--engine", "local"], "--engine writes a folder of parts\n  name the folder with --output"),
        (["--output", "new", "--engine", "local", "--json"], "--json is for the terminal\n  leave it out: "
         "parts are JSON Lines, or what --output-format says"),
        (["--output", "new.csv", "--shard-bytes", "9"],
         "--shard-bytes is for a prediction in shards\n  add --engine local"),
        (["--output", "new.csv", "--set", "engine.workers=1"],
         "--set is for a prediction in shards\n  add --engine local"),
        (["--output", "new", "--engine", "local", "--set", "workers=1"],
         "--set 'workers=1' is not engine.SETTING=VALUE\n  for example: --set engine.workers=2"),
        (["--output", "new", "--engine", "local", "--set", "engine.works=1"],
         "a problem with the settings\n  engine.works: no such setting; did you mean workers?"),
        (["--output", "new", "--engine", "localy"],
         "engine 'localy' is not known; did you mean local?"),
        (["--output", "new", "--engine", "local", "--keep", "row"],
         "the output has a 'row' of its own, so the column cannot be kept under that name\n"
         "  rename the column in the input"),
        (["--output", "new", "--engine", "local", "--id", "idd"], "a.csv:1: the header has no column 'idd'\n"
         "  did you mean id?; where there is no header, name columns by number: the first is 0"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(line: list[str], said: str, predict: Line) -> None:
    assert predict(*line).err == f"error: {said}\n"
    assert sorted(path.name for path in Path().iterdir()) == ["a.csv"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["--input", "*.csv", "--output", "new"], "*.csv: this is a pattern of names\n"
         "  add --engine local to predict several files, and name a folder with --output"),
        (["--input", "*.tsv", "--output", "new", "--engine", "local"],
         "*.tsv: no file is named like this\n  check the path; ** is any number of folders"),
        (["--input", "*", "--output", "new", "--engine", "local"],
         "*: a.csv and b.jsonl have two formats\n  name those of one format, with a pattern such as "
         "'news/*.csv'"),
        (["--input", "none.csv", "--output", "new", "--engine", "local"],
         "none.csv: there is no such file\n  did you mean a.csv?"),
        (["--output", "new", "--engine", "local"],
         "--engine is for files\n  name a file, a folder or a pattern with --input"),
        (["a text", "--engine", "local"],
         "--engine is for files\n  name a file, a folder or a pattern with --input"),
    ],
)  # fmt: skip
def test_an_input_that_is_none_is_refused(line: list[str], said: str, trained: Path, nlpkit: Line) -> None:
    Path("a.csv").write_text("text\nthe coach\n", encoding="utf-8")
    Path("b.jsonl").write_text('{"text": "the coach"}\n', encoding="utf-8")
    assert nlpkit("predict", trained, *line, stdin=b"").err == f"error: {said}\n"


def test_an_engine_of_a_plugin_is_told_with_it(predict: Line) -> None:
    code, _, err = predict("--output", "new", "--engine", "ray")
    assert (code, err.splitlines()[0]) == (
        4,
        "error: engine 'ray' needs the plugin nlpkit-ray, which is not installed",
    )
