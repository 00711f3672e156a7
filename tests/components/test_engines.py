from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from nlpkit import Local, SettingsError
from nlpkit.system.forking import cores

Task = dict[str, Any]


def doubled(task: Task) -> Task:
    return {"number": 2 * task["number"], "text": task["text"]}


@pytest.mark.parametrize("workers", [1, 2, None])
def test_what_each_task_gives_back_comes_from_any_number_of_processes(workers: int | None) -> None:
    tasks = [{"number": number, "text": "é\ud800"} for number in range(9)]
    found = list(Local(workers).build()(doubled, tasks))
    assert sorted(each["number"] for each in found) == list(range(0, 18, 2))
    assert {each["text"] for each in found} == {"é\ud800"}


def test_tasks_are_taken_as_processes_get_free() -> None:
    taken = []

    def endless() -> Iterator[Task]:
        while True:
            taken.append(len(taken))
            yield {"number": taken[-1], "text": ""}

    running = Local(2).build()(doubled, endless())
    assert [next(running)["number"] for _ in range(3)] == [0, 2, 4]
    running.close()
    assert len(taken) < 9


def test_what_the_work_raises_is_raised() -> None:
    def wrong(task: Task) -> Task:
        raise ZeroDivisionError(f"in {task['number']}")

    with pytest.raises(ZeroDivisionError, match="in 0"):
        list(Local(2).build()(wrong, [{"number": 0}, {"number": 1}]))


def test_there_is_one_process_at_least() -> None:
    assert cores() >= 1
    with pytest.raises(SettingsError, match="workers: 0 is not a whole number from 1 to 4096"):
        Local(0)
