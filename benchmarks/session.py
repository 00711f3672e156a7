"""Runs the rounds: in each one every contender has its turn, in a fresh process."""

from __future__ import annotations

import csv
import json
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.contenders import Contender
from benchmarks.corpora import Facts, facts_of
from benchmarks.environments import CannotInstall, python
from benchmarks.machine import machine
from benchmarks.paths import fast_paths
from benchmarks.process import Failed, measured
from benchmarks.records import Record, Session, Writer

PREDICTED_COPIES = 10  # of the test texts, in the file that is predicted
WARM_DOCUMENTS = 200
SIZES = ("sample", "grown-10", "grown-100")
SHORT = {"zipf", *SIZES[1:]}  # corpora that rates alone are measured on


class Bench:
    """A folder that holds corpora, models and environments, and what is measured in it."""

    def __init__(self, folder: Path, contenders: Sequence[Contender], rounds: int, raw: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / ".gitignore").write_text("*\n", encoding="utf-8")
        self.folder, self.rounds, self.raw = folder, rounds, raw
        self.missing: dict[str, str] = {}
        self.pythons: dict[str, str] = {}
        self.warm = False
        for contender in contenders:
            self._install(contender)
        self.contenders = [each for each in contenders if each.name in self.pythons]
        self.all = list(contenders)

    def _install(self, contender: Contender) -> None:
        try:
            self.pythons[contender.name] = python(contender.environment, self.folder)
        except CannotInstall as error:
            self.missing[contender.name] = str(error)
            _tell(f"{contender.title} takes no part: {error}")

    def measure(self, kind: str) -> None:
        """All rounds of a kind, written as they come."""
        rounds = self.rounds if kind != "growth" else 1
        corpora = {"zipf": ["zipf"], "growth": list(SIZES)}.get(kind, ["sample"])
        taking_part = _of_paths() if kind == "paths" else self.all
        facts = {name: asdict(self.corpus(name)) for name in corpora}
        session = Session(
            kind=kind,
            date=f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
            rounds=rounds,
            machine=machine(),
            contenders={each.name: {**asdict(each), "single_shot": each.single_shot} for each in taking_part},
            corpora=facts,
            missing=self.missing,
        )
        write = Writer(self.raw, session)
        turns: dict[str, Callable[[int], Iterator[Record]]] = {
            "train": self._train,
            "predict": self._predict,
            "zipf": self._zipf,
            "growth": self._growth,
            "paths": self._paths,
        }
        if not self.warm:
            self._warm()
            self.warm = True
        for number in range(1, rounds + 1):
            for record in turns[kind](number):
                write(record)
                _tell(f"{kind}, round {number}/{rounds}, {_summary(record)}")

    def corpus(self, name: str) -> Facts:
        """Write a corpus where there is none, in a process of its own; its facts."""
        folder = self.folder / "corpora" / name
        if not (folder / "facts.json").is_file():
            _tell(f"writing the corpus {name}")
            measured(lambda _: [sys.executable, "-m", "benchmarks.corpora", name, str(folder)])
        return facts_of(folder)

    def _warm(self) -> None:
        """Train each contender on a few documents, unmeasured: files are in memory, code is compiled."""
        self.corpus("sample")
        warm = self._file("warm", "train")
        if not warm.is_file():
            warm.parent.mkdir(parents=True, exist_ok=True)
            with self._file("sample", "train").open(encoding="utf-8", newline="") as file:
                rows = [row for _, row in zip(range(WARM_DOCUMENTS + 1), csv.reader(file), strict=False)]
            with warm.open("w", encoding="utf-8", newline="") as file:
                csv.writer(file).writerows(rows)
        for each in self.contenders:
            record = self._job(each, "warm", 0, "train", train=str(warm), test=str(warm), epochs=1)
            _tell(f"warm-up, {_summary(record)}")

    def _train(self, number: int) -> Iterator[Record]:
        for each in self.contenders:
            yield self._trained(each, number)
        if number == 1:
            for each in self.contenders:
                if each.ours:
                    train = str(self._file("sample", "train"))
                    yield self._job(each, "sample", number, "padding", train=train, epochs=1)

    def _trained(self, each: Contender, number: int) -> Record:
        model = self.folder / "models" / each.name
        shutil.rmtree(model, ignore_errors=True)
        model.with_suffix(".json").unlink(missing_ok=True)
        model.parent.mkdir(parents=True, exist_ok=True)
        files = {part: str(self._file("sample", part)) for part in ("train", "test")}
        full = number <= each.full_rounds
        files["folder"] = str(model)
        epochs, stop_at = (each.epochs, each.stop_at) if full else (2, None)
        record = self._job(each, "sample", number, "train", **files, epochs=epochs, stop_at=stop_at)
        if not record.failed:
            model.with_suffix(".json").write_text(json.dumps(each.settings), encoding="utf-8")
        return record

    @staticmethod
    def _up_to_date(each: Contender, model: Path) -> bool:
        """Whether a model is there, trained with the settings of today."""
        settings = model.with_suffix(".json")
        there = model.is_dir() and settings.is_file()
        return there and settings.read_text(encoding="utf-8") == json.dumps(each.settings)

    def _zipf(self, number: int) -> Iterator[Record]:
        for each in self.contenders:
            if number <= each.zipf_rounds:
                files = {part: str(self._file("zipf", part)) for part in ("train", "test")}
                epochs = 1 if each.single_shot else 2
                yield self._job(
                    each, "zipf", number, "train", **files, epochs=epochs, documents=each.zipf_documents
                )

    def _growth(self, number: int) -> Iterator[Record]:
        for size in SIZES:
            for each in self.contenders:
                if size in each.growth:
                    train = str(self._file(size, "train"))
                    documents = each.growth_documents
                    yield self._job(each, size, number, "train", train=train, epochs=1, documents=documents)

    def _paths(self, number: int) -> Iterator[Record]:
        files = {part: str(self._file("sample", part)) for part in ("train", "test")}
        for each in _of_paths():
            self.pythons[each.name] = sys.executable
            yield self._job(each, "sample", number, "train", **files, epochs=each.epochs)

    def _predict(self, number: int) -> Iterator[Record]:
        texts, labels = self._file("predicted", "texts"), self._file("predicted", "labels")
        if not texts.is_file():
            texts.parent.mkdir(parents=True, exist_ok=True)
            _write_texts(self._file("sample", "test"), texts, PREDICTED_COPIES)
        for each in self.contenders:
            model = self.folder / "models" / each.name
            if not self._up_to_date(each, model):
                self._trained(each, 1)
            labels.unlink(missing_ok=True)
            files = {"texts": str(texts), "labels": str(labels), "folder": str(model)}
            record = self._job(each, "sample", number, "predict", **files)
            if each.ours and not record.failed:
                labels.unlink()
                record.events.append(self._command(each, model, texts, labels))
            yield record

    def _command(self, each: Contender, model: Path, texts: Path, labels: Path) -> dict[str, Any]:
        """Seconds of nlpkit's own command line for the same files."""
        files = ["--input", str(texts), "--text", "text", "--output", str(labels)]
        command = [self.pythons[each.name], "-m", "nlpkit", "predict", str(model), *files]
        try:
            outcome = measured(lambda _: command)
        except Failed as error:
            return {"event": "command", "failed": str(error)}
        return {"event": "command", "seconds": outcome.wall_seconds, "peak_bytes": outcome.peak_bytes}

    def _job(self, each: Contender, corpus: str, number: int, action: str, **job: Any) -> Record:
        """One process; a failure is a record as well."""

        def command(started_at: float) -> list[str]:
            settings = each.short_settings if corpus in SHORT else each.settings
            whole = {
                **job,
                "action": action,
                "started_at": started_at,
                "settings": settings,
                "seed": number,
            }
            return [self.pythons[each.name], "-m", f"benchmarks.peers.{each.peer}", json.dumps(whole)]

        try:
            outcome = measured(command)
        except Failed as error:
            return Record(each.name, corpus, number, failed=str(error))
        return Record(each.name, corpus, number, outcome.events, outcome.wall_seconds, outcome.peak_bytes)

    def _file(self, corpus: str, part: str) -> Path:
        return self.folder / "corpora" / corpus / f"{part}.csv"


def _of_paths() -> list[Contender]:
    """Fast and plain in turn."""
    return [each for path in fast_paths() for each in path.contenders]


def _write_texts(rows: Path, texts: Path, copies: int) -> None:
    """The texts of a labelled file, several times over."""
    with texts.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["text"])
        for _ in range(copies):
            with rows.open(encoding="utf-8", newline="") as file:
                writer.writerows([row["text"]] for row in csv.DictReader(file))


def _summary(record: Record) -> str:
    said = f"{record.contender}: "
    if record.failed:
        return said + f"FAILED: {record.failed}"
    accuracies = [f"{each['accuracy']:.4f}" for each in record.epochs if each["accuracy"] is not None]
    return said + f"{record.wall_seconds:.1f} s {' '.join(accuracies)}".rstrip()


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)
