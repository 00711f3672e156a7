"""What the tests of every plugin get: no network, one torch thread, a cache of their own, and corpora."""

from __future__ import annotations

import gc
import os
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from nlpkit import (
    Embedding,
    EmbeddingMean,
    Engine,
    Experiment,
    Headlines,
    LostError,
    Note,
    Observer,
    Offsetify,
    Standard,
    predict_files,
    run,
)

REPOSITORY = Path(__file__).resolve().parents[1]

settings.register_profile("suite", deadline=None, derandomize=True)
settings.load_profile("suite")


def pytest_runtest_setup() -> None:
    """No look for cycles goes through what torch and the other tests hold: 0.1 s for each of many looks.

    A promise about memory looks often, and at its end what was frozen no longer is.
    """
    if not gc.get_freeze_count():
        gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """11 of the 500 test questions of TREC are also in train, which is no error of a test that reads them."""
    for item in items:
        if "trec6" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.filterwarnings("ignore:LEAK:nlpkit.NlpkitWarning"))


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Only this machine is reached; an attempt at another is an error that no `except OSError` swallows."""
    real = {name: getattr(socket.socket, name) for name in ("connect", "connect_ex")}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect_ex(("192.0.2.1", 9))  # which sends nothing
        own = {probe.getsockname()[0], "127.0.0.1", "localhost", "::1"}

    def guarded(name: str) -> Callable[..., Any]:
        def connect(self: socket.socket, address: Any) -> Any:
            far = self.family in (socket.AF_INET, socket.AF_INET6) and address[0] not in own
            if far and self.type == socket.SOCK_STREAM:
                raise RuntimeError(f"a test reaches for the network: {address}")
            return real[name](self, address)

        return connect

    with pytest.MonkeyPatch.context() as patch:
        for name in real:
            patch.setattr(socket.socket, name, guarded(name))
        yield


@pytest.fixture(scope="session", autouse=True)
def apart(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What runs leave for later runs goes where nobody else finds it, and torch takes one core."""
    import torch

    torch.set_num_threads(1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NLPKIT_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Samples of real data sets."""
    folder = Path(os.environ.get("NLPKIT_DATA_DIR") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"NLPKIT_DATA_DIR is not set to a folder, and {folder} does not exist")
    return folder


@pytest.fixture(scope="session")
def trec6(data_dir: Path) -> Path:
    """The folder of train.csv and test.csv of TREC question types."""
    folder = data_dir / "trec6"
    if not folder.is_dir():
        pytest.skip(f"NLPKIT_DATA_DIR has no trec6, and {folder} does not exist")
    return folder


@pytest.fixture
def quick() -> Callable[..., Experiment]:
    """An experiment of two epochs that takes a fraction of a second."""
    experiment = Experiment(
        data=Headlines(train_size=80, valid_size=20, test_size=20),
        encoder=EmbeddingMean(embedding=Embedding(size=4)),
        collator=Offsetify(),
        trainer=Standard(batch_size=40, epochs=2, learning_rate=0.1),
        metrics=("accuracy", "log_loss"),
    )
    return lambda **changes: replace(experiment, **changes)


class Noting(Observer):
    """An observer that keeps the notes, and raises `error` after the first epoch."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.notes: list[str] = []
        self.error = error

    def note(self, note: Note) -> None:
        self.notes.append(note.text)

    def epoch(self, report: Any) -> None:
        if self.error is not None:
            raise self.error


@pytest.fixture
def noting() -> type[Noting]:
    return Noting


WORDS = ("the coach praises the goalkeeper", "the minister meets the senate", "a chip and a laser")


@pytest.fixture
def predict_shards(quick: Callable[..., Experiment], tmp_path: Path) -> Callable[..., dict[str, bytes]]:
    """Answer 300 texts in shards of some forty, with an engine; the bytes of each part."""
    path, model = tmp_path / "a.csv", tmp_path / "model"
    rows = "".join(f"{row},{WORDS[row % 3]} {row}\n" for row in range(300))
    path.write_text(f"id,text\n{rows}", encoding="utf-8")
    run(quick()).model.save(model)

    def predicted(output: str, engine: Engine) -> dict[str, bytes]:
        found = predict_files(model, path, tmp_path / output, engine=engine, id="id", shard_bytes=1500)
        return {part.name: part.read_bytes() for part in found.parts}

    return predicted


Task = dict[str, Any]


class EnginePromises:
    """What every engine does with tasks, of which some end their process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def tasks(self, count: int) -> list[Task]:
        folder = str(self._folder)
        return [{"number": number, "folder": folder, "called": f"shard {number}"} for number in range(count)]

    def works_again_where_a_process_was_killed(self, engine: Engine) -> None:
        def dying(task: Task) -> Task:
            mark = Path(task["folder"]) / str(task["number"])
            if task["number"] == 3 and not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
            return {"number": task["number"]}

        found = engine.build()(dying, self.tasks(8))
        assert sorted(each["number"] for each in found) == list(range(8))

    def names_a_task_that_kills_every_process(self, engine: Engine) -> None:
        def deadly(task: Task) -> Task:
            if task["number"] == 1:
                os.kill(os.getpid(), signal.SIGKILL)
            return task

        with pytest.raises(LostError) as caught:
            list(engine.build()(deadly, self.tasks(2)))
        assert caught.value.location == "shard 1"
        assert caught.value.message.startswith("its workers died again and again")
        assert "engine.retries" in caught.value.hint

    def raises_what_the_work_raises(self, engine: Engine) -> None:
        def wrong(task: Task) -> Task:
            raise ZeroDivisionError("there is a bug")

        with pytest.raises(Exception, match="there is a bug"):
            list(engine.build()(wrong, self.tasks(2)))

    def takes_no_more_tasks_than_there_is_room_for(self, engine: Engine) -> None:
        taken = []

        def noting() -> Iterator[Task]:
            for task in self.tasks(30):
                taken.append(task["number"])
                yield task

        def done(task: Task) -> Task:
            return {"number": task["number"]}

        running = engine.build()(done, noting())
        next(running)
        running.close()
        assert len(taken) < 12


@pytest.fixture
def promises(tmp_path: Path) -> EnginePromises:
    return EnginePromises(tmp_path)
