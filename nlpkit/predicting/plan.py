"""What is asked of every shard of a prediction, in plain values, and where its parts are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nlpkit.data.reading.formats import layout_table
from nlpkit.data.reading.layout import Layout
from nlpkit.data.reading.source.remote import path_of
from nlpkit.data.reading.source.shard import Shard
from nlpkit.models.written import SEAL
from nlpkit.version import __version__

if TYPE_CHECKING:
    from nlpkit.components.kinds import Task
    from nlpkit.predicting.inputs import Input

WORK: Final = "_work"  # what begins with _ is no part of the data, for pyarrow, pandas and Spark as well
PLAN: Final = "plan.json"
PART: Final = "part.json"
SHARD_BYTES: Final = 16 << 20


@dataclass(frozen=True)
class Plan:
    """How texts are read and answered, and what is written of that.

    `folder` is where the parts grow, `model_sha256` is of the seal of the model. With `in_files` each row has
    the name of its file. `skips` says that records which cannot be read are left out, and `one_core` that the
    machine has a worker for each core.
    """

    folder: str
    model: str
    model_sha256: str
    layout: Mapping[str, Any]
    ending: str
    kept: tuple[str, ...] = ()
    in_files: bool = False
    probabilities: bool = False
    top: int = 0
    add: tuple[str, ...] = ()
    skips: bool = False
    one_core: bool = True
    nlpkit: str = __version__

    def about(self, inputs: Sequence[Input], shard_bytes: int) -> dict[str, Any]:
        """What the parts are of: to go on with some, all of this has to be the same."""
        import torch

        told = "\n".join(f"{each.path.absolute()} {each.size} {each.modified}" for each in inputs)
        found = {
            "the number of input files": len(inputs),
            "the bytes of the input": sum(each.size for each in inputs),
            "the names, sizes and times of the input": hashlib.sha256(told.encode(*_ANY)).hexdigest(),
            "the model": self.model_sha256,
            "the reading": self.layout,
            "the format of the output": self.ending,
            "--id and --keep": self.kept,
            "--probabilities": self.probabilities,
            "--top-k": self.top,
            "--add": self.add,
            "--shard-bytes": shard_bytes,
            "nlpkit": self.nlpkit,
            "torch": str(torch.__version__),
        }
        return dict(json.loads(json.dumps(found)))

    def task(self, number: int, shard: Shard, name: str) -> Task:
        """What a worker is told about one shard; `called` is for whoever reads of it."""
        cut = {**asdict(shard), "path": str(shard.path)}
        task = {"plan": asdict(self), "number": number, "file": name, "shard": cut, "called": str(shard)}
        return dict(json.loads(json.dumps(task)))

    @classmethod
    def of(cls, task: Task) -> Plan:
        """The plan of a task."""
        given = task["plan"]
        lists = {name: tuple(given[name]) for name in ("kept", "add")}
        return cls(**{each.name: given[each.name] for each in fields(cls)} | lists)

    def part(self, number: int) -> Path:
        """The folder that has the part of a shard and what is to be said about it, once all is there."""
        return Path(self.folder) / WORK / part_name(number)


_ANY: Final = ("utf-8", "surrogatepass")


def part_name(number: int) -> str:
    """What the part of a shard is called, so that parts are in order.

    >>> part_name(12)
    'part-000012'
    """
    return f"part-{number:06}"


def shard_of(task: Task) -> Shard:
    """The shard of a task."""
    given = task["shard"]
    return Shard(**{**given, "path": path_of(given["path"])})


def sha256_of_seal(location: str) -> str:
    """Which model is in a folder."""
    return hashlib.sha256((Path(location) / SEAL).read_bytes()).hexdigest()


def table_of(layout: Layout) -> dict[str, Any]:
    """A layout in plain values."""
    return dict(json.loads(json.dumps(layout_table(layout))))
