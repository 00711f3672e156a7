"""A training in the middle as files, and back: tensors as safetensors, the rest as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from nlpkit.errors import ConfigError
from nlpkit.runs.checkpoints.notes import like, report_of, table_of_report
from nlpkit.settings.hints import briefly
from nlpkit.system.sealed import from_json, to_json
from nlpkit.training.state import EpochReport, TrainerState

if TYPE_CHECKING:
    from torch import Tensor

TENSORS: Final = "tensors.safetensors"
REST: Final = "state.json"
_MOST_DEPTH: Final = 50
_STATE: Final = TrainerState(0, {}, {}, 0, 0.0, {})


def to_files(state: TrainerState, reports: Sequence[EpochReport]) -> dict[str, bytes]:
    """The content of each file. ConfigError where a trainer keeps what is no number, text, list, table or
    tensor.
    """
    from safetensors.torch import save

    tensors: dict[str, Tensor] = {}
    names: dict[int, str] = {}  # of tensors that are there already

    def plain(value: Any, depth: int = 0) -> Any:
        import torch

        if depth > _MOST_DEPTH:
            raise ConfigError(f"the state of the trainer is nested deeper than {_MOST_DEPTH}")
        if isinstance(value, torch.Tensor):
            if id(value) not in names:
                names[id(value)] = f"{len(names)}"
                tensors[names[id(value)]] = value.detach().cpu().contiguous().clone()
            return {"tensor": names[id(value)]}
        if isinstance(value, Mapping):
            return {"table": [[plain(key, depth + 1), plain(item, depth + 1)] for key, item in value.items()]}
        if isinstance(value, tuple):
            return {"tuple": [plain(item, depth + 1) for item in value]}
        if isinstance(value, list):
            return [plain(item, depth + 1) for item in value]
        if value is None or type(value) in (bool, int, float, str):
            return value
        raise ConfigError(f"the state of the trainer has {briefly(value)}, which cannot be written")

    rest = {
        "state": {each.name: plain(getattr(state, each.name)) for each in fields(TrainerState)},
        "reports": list(map(table_of_report, reports)),
    }
    return {REST: to_json(rest), TENSORS: save(tensors)}


def from_files(rest: bytes, tensors: bytes) -> tuple[TrainerState, list[EpochReport]]:
    """What `to_files` was given; ValueError, KeyError or TypeError for anything else."""
    from safetensors.torch import load

    found = load(tensors)
    about = from_json(rest)

    def read(value: Any) -> Any:
        if isinstance(value, list):
            return [read(item) for item in value]
        if not isinstance(value, dict):
            return value
        if "tensor" in value:
            return found[value["tensor"]]
        if "tuple" in value:
            return tuple(read(item) for item in value["tuple"])
        return {read(key): read(item) for key, item in value["table"]}

    state = TrainerState(**{name: read(value) for name, value in about["state"].items()})
    return like(_STATE, state), list(map(report_of, about["reports"]))
