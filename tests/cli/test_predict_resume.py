from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpkit.data.reading.columns import Columns
from nlpkit.errors import StorageError
from nlpkit.models.text_model import TextModel
from nlpkit.predicting.growing import Growing, Seen, State

WORDS = ["the coach praises the goalkeeper", "the minister meets the senate", "a chip, a laser"]
ENDINGS = ["csv", "tsv", "jsonl", "parquet", "arrow"]
Line = Callable[..., Any]


@pytest.fixture
def predict(trained: Path, nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Line:
    """Answer a file in small pieces, each of which is made sure of; it may stop with an error after some."""
    monkeypatch.setattr("nlpkit.predicting.growing.SECONDS", 0.0)
    monkeypatch.setattr("nlpkit.predicting.parquet.GROUP_ROWS", 8)
    monkeypatch.setattr("nlpkit.models.pieces.PIECE_TEXTS", 4)
    texts = [f"{WORDS[row % 4]} {row}" if row % 4 < 3 else "" for row in range(60)]
    rows = "".join(f'{row},"{text}"\n' for row, text in enumerate(texts))
    Path("a.csv").write_text(f"id,text\n{rows}", encoding="utf-8")
    stream = TextModel.stream

    def predicted(*more: object, after: int | None = None, error: BaseException | None = None) -> Any:
        def stopped(self: TextModel, texts: Any, **options: Any) -> Any:
            for number, found in enumerate(stream(self, texts, **options)):
                if number == after:
                    raise error or KeyboardInterrupt
                yield found

        read = ("--input", "a.csv", "--header", "--text", "text", "--id", "id", "--workers", "1")
        with monkeypatch.context() as patch:
            patch.setattr(TextModel, "stream", stopped)
            return nlpkit("predict", trained, *read, *more)

    return predicted


@pytest.mark.parametrize("ending", ENDINGS)
def test_an_interrupted_output_is_gone_on_with_to_the_same_bytes(ending: str, predict: Line) -> None:
    if ending in ("parquet", "arrow"):
        pytest.importorskip("pyarrow")
    whole, new = Path(f"whole.{ending}"), Path(f"new.{ending}")
    unbroken = predict("--top-k", "2", "--output", whole)
    for pieces in (3, 4, 2):
        assert predict("--top-k", "2", "--output", new, "--resume", after=pieces).code == 130
        assert not new.exists()
    code, out, err = predict("--top-k", "2", "--output", new, "--resume")
    assert (code, out) == (0, "")
    assert "going on behind row" in err
    assert err.splitlines()[-2:-1] == unbroken.err.splitlines()[-2:-1]  # the note about all blank texts
    assert new.read_bytes() == whole.read_bytes()
    assert not Path(f"new.{ending}.partial").exists()


def test_what_is_kept_is_said_with_the_command_that_goes_on(predict: Line) -> None:
    code, _, err = predict("--output", "new.csv", after=2)
    assert code == 130
    said, command = err.splitlines()
    assert said == "interrupted: go on with"
    assert command.startswith("  nlpkit predict ")
    assert command.endswith("--output new.csv --resume")
    assert json.loads(Path("new.csv.partial/state.json").read_bytes())["texts"] == 8
    code, _, err = predict("--output", "new.csv")
    assert code == 2
    kept = "8 texts are answered in new.csv.partial"
    assert err.startswith(
        f"error: new.csv: an unfinished output is here: {kept}\n  go on with: nlpkit predict "
    )


def test_before_anything_is_sure_nothing_is_kept(predict: Line) -> None:
    assert predict("--output", "new.csv", after=0).err == "interrupted: nothing unfinished was kept\n"
    assert not Path("new.csv.partial").exists()
    code, _, err = predict("--output", "new.csv", "--resume")
    assert code == 0
    assert err.startswith(
        "note: nothing of new.csv is there to go on with, so it begins with the first row\n"
    )


def test_a_full_disk_keeps_what_was_written(predict: Line) -> None:
    full = StorageError("cannot be written: no space left on device", location="new.csv")
    code, _, err = predict("--output", "new.csv", after=3, error=full)
    assert code == 1
    assert err.startswith("12 texts are answered in new.csv.partial: go on with\n  nlpkit predict ")
    assert predict("--output", "new.csv", "--resume").code == 0


def test_what_was_written_after_the_state_is_cut_off(predict: Line) -> None:
    assert predict("--output", "whole.csv").code == 0
    assert predict("--output", "new.csv", after=5).code == 130
    with Path("new.csv.partial/rows").open("a", encoding="utf-8") as file:
        file.write("21,20,half a ro")
    assert predict("--output", "new.csv", "--resume").code == 0
    assert Path("new.csv").read_bytes() == Path("whole.csv").read_bytes()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--top-k", "1"], "the columns: ["),
        (["--keep", "text"], "the columns: ["),
        (["--probabilities"], "the columns: ["),
        (["--encoding", "latin-1"], 'the reading: {"format": "csv"'),
    ],
)
def test_another_option_is_refused_by_name(more: list[str], said: str, predict: Line) -> None:
    assert predict("--output", "new.csv", after=2).code == 130
    code, _, err = predict("--output", "new.csv", "--resume", *more)
    assert code == 2
    assert err.startswith(f"error: new.csv.partial: {said}")
    assert "\n  go on as it was begun, or remove new.csv.partial to start again\n" in err


def test_another_input_is_refused(predict: Line) -> None:
    assert predict("--output", "new.csv", after=2).code == 130
    before = Path("a.csv").read_text(encoding="utf-8")
    Path("a.csv").write_text(f"{before}60,more\n", encoding="utf-8")
    code, _, err = predict("--output", "new.csv", "--resume")
    assert (code, err.split(": 1")[0]) == (2, "error: new.csv.partial: input size")
    Path("a.csv").write_text(before.replace("coach", "count"), encoding="utf-8")
    code, _, err = predict("--output", "new.csv", "--resume")
    assert code == 3
    assert "error: a.csv: the rows that are answered already are not the same any more\n" in err
    Path("a.csv").write_text(before, encoding="utf-8")
    assert predict("--output", "new.csv", "--resume").code == 0


def test_another_model_is_refused(predict: Line) -> None:
    assert predict("--output", "new.csv", after=2).code == 130
    state = Path("new.csv.partial/state.json")
    found = json.loads(state.read_bytes())
    found["about"]["the model"] = "0" * 64
    state.write_text(json.dumps(found), encoding="utf-8")
    code, _, err = predict("--output", "new.csv", "--resume")
    assert (code, err.split(" for the rows")[0]) == (2, f'error: new.csv.partial: the model: "{"0" * 64}"')


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["--resume"], "--resume goes on with a file, and there is none\n  name it with --output\n"),
        (["--resume", "--output", "a.csv"], "--resume reads the input once more, which is for files\n"),
    ],
)
def test_what_cannot_be_gone_on_with_is_refused(
    line: list[str], said: str, trained: Path, nlpkit: Callable[..., Any]
) -> None:
    code, _, err = nlpkit("predict", trained, "a text", *line)
    assert code == 2
    assert err.startswith(f"error: {said}")


def _interrupt() -> None:
    raise KeyboardInterrupt


def test_records_that_were_left_out_are_in_the_side_file_once(
    predict: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = Path("a.csv").read_text(encoding="utf-8").splitlines()
    rows[5:5], rows[30:30], rows[50:50] = ["one,two,three"], ["alone"], ['9,"a" b']
    Path("a.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    assert predict("--output", "stopped.csv").code == 3
    skipping = ("--on-error", "skip", "--resume")
    code, _, err = predict("--output", "whole.csv", *skipping)
    assert code == 0
    note = "note: 3 records were left out, which cannot be read (lines 6, 31, 51): see whole.csv.errors.jsonl"
    assert note in err.splitlines()
    for pieces in (4, 5):
        assert predict("--output", "new.csv", *skipping, after=pieces).code == 130
    assert predict("--output", "new.csv", *skipping).code == 0
    for name in ("csv", "csv.errors.jsonl"):
        assert Path(f"new.{name}").read_bytes() == Path(f"whole.{name}").read_bytes()
    with monkeypatch.context() as patch:
        end = Growing.end
        patch.setattr(Growing, "end", lambda *given: (end(*given), _interrupt()))
        for _ in range(2):  # once all is answered, and once more
            assert predict("--output", "late.csv", *skipping).code == 130
    assert predict("--output", "late.csv", *skipping).code == 0
    assert Path("late.csv.errors.jsonl").read_bytes() == Path("whole.csv.errors.jsonl").read_bytes()
    numbers = [int(line.split(",")[0]) for line in Path("new.csv").read_text("utf-8").splitlines()[1:]]
    assert numbers == [each for each in range(1, 64) if each not in (5, 30, 50)]
    found = [json.loads(line) for line in Path("new.csv.errors.jsonl").read_text("utf-8").splitlines()]
    assert [(each["line"], each["place"], each.get("record")) for each in found] == [
        (6, "a.csv:6", ["one", "two", "three"]),
        (31, "a.csv:31", ["alone"]),
        (51, "a.csv:51", None),
    ]
    assert found[0]["reason"] == "this row has 3 columns, not 2 like the first one"


def test_what_is_answered_is_not_kept_in_memory_while_it_is_read_once_more() -> None:
    blocks = [
        Columns([f"text {number}" for number in range(start, start + 10)]) for start in range(0, 500, 10)
    ]
    first = Seen(State({}), "a.csv")
    for block in blocks:
        first.add(block)
    again = Seen(State({}, texts=485, sha256=first.at(485)), "a.csv")
    sizes = []
    for block in blocks:
        again.add(block)
        sizes.append(len(again._blocks))
    assert max(sizes[:48]) == 0
    assert again.at(500) == first.at(500)


def test_rows_that_were_changed_are_refused(predict: Line) -> None:
    assert predict("--output", "new.csv", after=3).code == 130
    rows = Path("new.csv.partial/rows")
    rows.write_bytes(rows.read_bytes().replace(b"Sports", b"SportZ", 1))
    code, _, err = predict("--output", "new.csv", "--resume")
    assert code == 3
    assert "the rows that are written are not the same any more" in err
