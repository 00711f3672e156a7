from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch

from nlpkit import ConfigError, DataError, Engine, Local, LostError, Predicted, RunTasks
from nlpkit.predicting import tasks
from nlpkit.system.sealed import Seal

Predict = Callable[..., Predicted]
Rows = Callable[[Predicted], list[dict[str, Any]]]
Content = Callable[[Predicted], dict[str, bytes]]
Task = dict[str, Any]


@dataclass(frozen=True)
class Twice(Engine):
    """Works on each task twice, the last one first."""

    def build(self) -> RunTasks:
        def run(work: Callable[[Task], Task], tasks: Iterable[Task]) -> Generator[Task]:
            for task in reversed(list(tasks)):
                first = work(json.loads(json.dumps(task)))
                assert work(task) == first
                yield first

        return run


@dataclass(frozen=True)
class Failing(Engine):
    """Ends after some tasks: without a word, or with an error."""

    tasks: int
    silently: bool = False

    def build(self) -> RunTasks:
        def run(work: Callable[[Task], Task], tasks: Iterable[Task]) -> Generator[Task]:
            for number, task in enumerate(tasks):
                if number < self.tasks:
                    yield work(task)
                elif not self.silently:
                    raise LostError("its workers died again and again", location=task["called"])

        return run


@dataclass(frozen=True)
class Killed(Engine):
    """Processes of this machine, of which the one that gets the third task is killed while it works."""

    def build(self) -> RunTasks:
        def run(work: Callable[[Task], Task], tasks: Iterable[Task]) -> Generator[Task]:
            parent = os.getpid()

            def dying(task: Task) -> Task:
                if task["number"] == 2 and os.getpid() != parent:
                    os.kill(os.getpid(), signal.SIGKILL)
                return work(task)

            return Local(workers=2).build()(dying, tasks)

        return run


def test_the_parts_have_the_rows_of_the_file_in_order(predict: Predict, rows: Rows) -> None:
    found = predict(id="id")
    assert found.texts == 200
    assert len(found.parts) > 5
    assert [each["row"] for each in rows(found)] == list(range(1, 201))
    assert [each["id"] for each in rows(found)] == list(map(str, range(200)))
    assert [note.text for note in found.notes][:1] == [
        "50 texts are blank, so their classes mean nothing (rows 4, 8, 12 and 47 more)"
    ]
    assert sorted(path.name for path in found.folder.iterdir()) == [
        "_manifest.json",
        *(path.name for path in found.parts),
    ]


@pytest.mark.parametrize("engine", [Local(workers=1), Local(workers=2), Twice(), Killed()], ids=repr)
def test_an_engine_changes_nothing_of_the_output(engine: Engine, predict: Predict, content: Content) -> None:
    assert content(predict(engine=engine)) == content(predict("whole"))


def test_it_tells_how_much_is_done(predict: Predict) -> None:
    told: list[tuple[int, float]] = []
    predict(show=lambda texts, fraction: told.append((texts, fraction)))
    assert told == sorted(told)
    assert told[-1] == (200, 1.0)


def test_the_manifest_lists_the_parts_with_their_hashes(predict: Predict) -> None:
    found = predict(id="id")
    manifest = Seal.read(found.folder / "_manifest.json").checked()
    assert [each["name"] for each in manifest.about["parts"]] == [path.stem for path in found.parts]
    first_rows = [each["first_row"] for each in manifest.about["parts"]]
    texts = [each["texts"] for each in manifest.about["parts"]]
    assert first_rows == [1 + sum(texts[:place]) for place in range(len(texts))]
    for path in found.parts:
        assert manifest.bytes_of(path.name) == path.read_bytes()


@pytest.mark.parametrize("engine", [Failing(3), Failing(3, silently=True)], ids=repr)
def test_finished_parts_stay_and_are_gone_on_with(
    engine: Engine, predict: Predict, content: Content, tmp_path: Path
) -> None:
    with pytest.raises(LostError):
        predict(engine=engine)
    made = tmp_path / "new.partial" / "_work" / "part-000001" / "rows"
    before = made.stat().st_ino, made.stat().st_mtime_ns
    with pytest.raises(ConfigError, match="an unfinished output is here: 3 parts are finished in "):
        predict()
    with pytest.raises(LostError):
        predict(engine=engine, resume=True)
    found = predict(resume=True)
    part = found.parts[1].stat()
    assert (part.st_ino, part.st_mtime_ns) == before
    assert content(found) == content(predict("whole"))


def test_a_task_that_gives_nothing_back_is_missed(predict: Predict) -> None:
    with pytest.raises(LostError) as caught:
        predict(engine=Failing(3, silently=True))
    assert caught.value.message == "the engine ended, and part-000003 is not there"
    assert caught.value.hint == "give resume=True to go on with it"


def test_a_kill_while_parts_get_their_names_is_gone_on_with(
    predict: Predict, content: Content, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace, names = Path.replace, []

    def stopping(self: Path, target: Path) -> Path:
        names.append(target.name)
        if len(names) == 4:
            raise KeyboardInterrupt
        return replace(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", stopping)
        with pytest.raises(KeyboardInterrupt):
            predict()
    assert (tmp_path / "new.partial" / "part-000000.jsonl").exists()
    assert content(predict(resume=True)) == content(predict("whole"))


def test_nothing_is_kept_before_the_first_part(predict: Predict, tmp_path: Path) -> None:
    with pytest.raises(LostError):
        predict(engine=Failing(0))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv"]
    assert predict(resume=True).texts == 200


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"id": "id"}, '--id and --keep: [] for the rows that are written, and ["id"] now'),
        ({"top_k": 1}, "--top-k: 0 for the rows that are written, and 1 now"),
        (
            {"format": "csv"},
            'the format of the output: ".jsonl" for the rows that are written, and ".csv" now',
        ),
        ({"shard_bytes": 900}, "--shard-bytes: 800 for the rows that are written, and 900 now"),
    ],
)
def test_other_options_are_refused_by_name(changes: dict[str, Any], said: str, predict: Predict) -> None:
    with pytest.raises(LostError):
        predict(engine=Failing(3))
    with pytest.raises(ConfigError) as caught:
        predict(resume=True, **changes)
    assert caught.value.message == said


def test_another_input_is_refused(predict: Predict, texts: Path) -> None:
    with pytest.raises(LostError):
        predict(engine=Failing(3))
    os.utime(texts, ns=(0, 0))
    with pytest.raises(ConfigError, match="the names, sizes and times of the input: "):
        predict(resume=True)


def test_an_input_that_changes_meanwhile_is_refused(predict: Predict, texts: Path) -> None:
    @dataclass(frozen=True)
    class Changing(Engine):
        def build(self) -> RunTasks:
            def run(work: Callable[[Task], Task], tasks: Iterable[Task]) -> Generator[Task]:
                for task in tasks:
                    yield work(task)
                    os.utime(texts, ns=(0, 0))

            return run

    with pytest.raises(DataError, match="the file is not the one that was cut into shards"):
        predict(engine=Changing())


def test_a_damaged_plan_is_refused(predict: Predict, tmp_path: Path) -> None:
    with pytest.raises(LostError):
        predict(engine=Failing(3))
    plan = tmp_path / "new.partial" / "_work" / "plan.json"
    plan.write_bytes(plan.read_bytes().replace(b"jsonl", b"jsonk"))
    with pytest.raises(DataError, match=r"the plan cannot be read: plan\.json: its own SHA-256 is another"):
        predict(resume=True)


def test_a_record_that_cannot_be_read_stops_with_its_line(predict: Predict, texts: Path) -> None:
    lines = texts.read_text(encoding="utf-8").splitlines()
    lines[180] = f"{lines[180]},more"
    texts.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(DataError) as caught:
        predict()
    assert caught.value.location == f"{texts}:181"
    assert caught.value.message == "this row has 3 columns, not 2 like the first one"


def test_records_that_cannot_be_read_are_left_out_with_their_lines(
    predict: Predict, rows: Rows, tmp_path: Path
) -> None:
    path = tmp_path / "b.jsonl"
    lines = [json.dumps({"id": number, "text": f"the coach {number}"}) for number in range(100)]
    lines[7] = lines[70] = lines[71] = "{]"
    path.write_text("\n".join(lines), encoding="utf-8")
    found = predict(input=path, reading={}, on_error="skip", id="id")
    assert [each["row"] for each in rows(found)] == [
        number for number in range(1, 101) if number not in (8, 71, 72)
    ]
    assert all(each["row"] == each["id"] + 1 for each in rows(found))
    assert found.left_out == 3
    errors = [
        json.loads(line)
        for part in sorted((found.folder / "_errors").iterdir())
        for line in part.read_text(encoding="utf-8").splitlines()
    ]
    assert [each["line"] for each in errors] == [8, 71, 72]
    assert errors[1]["place"] == f"{path}:71:2"
    assert found.notes[-1].text == (
        f"3 records were left out, which cannot be read: see {found.folder / '_errors'}"
    )


def test_where_no_record_can_be_read_the_first_one_says_why(predict: Predict, tmp_path: Path) -> None:
    path = tmp_path / "b.jsonl"
    path.write_text('{"no": 1}\n' * 60, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        predict(input=path, reading={}, on_error="skip", shard_bytes=100)
    assert caught.value.message == "there is no key 'text'"
    assert caught.value.hint.startswith("no record can be read, and this is what is wrong with the first: ")


@pytest.mark.parametrize("pattern", ["*.txt", ""], ids=["a pattern", "a folder"])
def test_several_files_are_told_apart(pattern: str, predict: Predict, rows: Rows, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("b", "a", "c"):
        (folder / f"{name}.txt").write_text(f"the coach of {name}\n" * 30, encoding="utf-8")
    found = predict(input=folder / pattern, reading={}, shard_bytes=200)
    names = [Path(each["file"]).name for each in rows(found)]
    assert names == ["a.txt"] * 30 + ["b.txt"] * 30 + ["c.txt"] * 30
    assert [each["row"] for each in rows(found)] == [*range(1, 31)] * 3


def test_one_file_needs_no_column_of_files(
    predict: Predict, rows: Rows, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert not [row for row in rows(predict(input="./a.csv")) if "file" in row]


def test_the_model_is_loaded_once_a_process_and_threads_stay(
    predict: Predict, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, loaded = tasks.load, []

    def counted(*given: Any) -> Any:
        loaded.append(given)
        return load(*given)

    monkeypatch.setattr(tasks, "load", counted)
    torch.set_num_threads(2)
    try:
        predict(engine=Twice())
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(1)
    assert len(loaded) == 1


def tampered(task: Task, **plan: Any) -> Task:
    return {**task, "plan": {**task["plan"], **plan}}


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        ({"folder": "/nowhere"}, "a worker does not see the folder of the output"),
        ({"nlpkit": "0.0.1"}, "a worker has nlpkit 0.1.0, and 0.0.1 sent it a shard"),
        ({"model_sha256": "0" * 64}, "this is not the model of this prediction"),
    ],
)
def test_a_machine_that_is_not_as_the_others_is_refused(plan: Task, said: str, predict: Predict) -> None:
    @dataclass(frozen=True)
    class Elsewhere(Engine):
        def build(self) -> RunTasks:
            def run(work: Callable[[Task], Task], tasks: Iterable[Task]) -> Generator[Task]:
                for task in tasks:
                    yield work(tampered(task, **plan))

            return run

    with pytest.raises(ConfigError) as caught:
        predict(engine=Elsewhere())
    assert caught.value.message == said


def test_a_shard_with_other_records_than_were_counted_is_refused(predict: Predict, tmp_path: Path) -> None:
    path = tmp_path / "b.jsonl"
    line = json.dumps({"text": "the coach"})
    path.write_text(f"{line}\n" * 150 + f"{line} {line}\n" + f"{line}\n" * 60, encoding="utf-8")
    with pytest.raises(DataError) as caught:
        predict(input=path, reading={}, shard_bytes=1000)
    assert caught.value.message == "46 records are in 1,012 bytes from line 139 on, and 45 were counted there"
    assert predict("whole", input=path, reading={}, shard_bytes=1 << 20).texts == 212
