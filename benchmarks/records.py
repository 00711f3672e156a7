"""Raw measurements on disk: a JSON lines file for each kind, the session's facts in the first line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

KINDS = ("train", "predict", "zipf", "growth", "paths")


@dataclass(frozen=True)
class Session:
    """What all measurements of a kind share.

    contenders: title, settings, epochs and the like of each, by name
    corpora: the facts of each, by name
    missing: why a contender could not take part, by name
    """

    kind: str
    date: str
    rounds: int
    machine: Mapping[str, Any]
    contenders: Mapping[str, Mapping[str, Any]]
    corpora: Mapping[str, Mapping[str, Any]]
    missing: Mapping[str, str]


@dataclass(frozen=True)
class Record:
    """One process: what it printed, or why it failed."""

    contender: str
    corpus: str
    round: int
    events: list[dict[str, Any]] = field(default_factory=list)
    wall_seconds: float = 0.0
    peak_bytes: int = 0
    failed: str = ""

    def event(self, name: str) -> dict[str, Any]:
        """The last event of a name; empty where there is none."""
        return next((event for event in reversed(self.events) if event["event"] == name), {})

    @property
    def epochs(self) -> list[dict[str, Any]]:
        """The epochs in order."""
        return [event for event in self.events if event["event"] == "epoch"]


@dataclass(frozen=True)
class Measurements:
    """A session and its records."""

    session: Session
    records: list[Record]

    def of(self, contender: str, corpus: str) -> list[Record]:
        """The records of a contender that did not fail."""
        return [
            each
            for each in self.records
            if each.contender == contender and each.corpus == corpus and not each.failed
        ]


class Writer:
    """Writes each record as it comes, so that an interruption loses none."""

    def __init__(self, folder: Path, session: Session) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / f"{session.kind}.jsonl"
        self.path.write_text(json.dumps(asdict(session)) + "\n", encoding="utf-8")

    def __call__(self, record: Record) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(record)) + "\n")


def read(folder: Path) -> dict[str, Measurements]:
    """The measurements of each kind that there are."""
    found = {}
    for kind in KINDS:
        path = folder / f"{kind}.jsonl"
        if path.is_file():
            first, *rest = path.read_text(encoding="utf-8").strip().split("\n")
            records = [Record(**json.loads(line)) for line in rest]
            found[kind] = Measurements(Session(**json.loads(first)), records)
    return found
