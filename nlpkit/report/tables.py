"""What a run folder says, as plain tables: all that its page is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Table = Mapping[str, Any]


@dataclass(frozen=True)
class RunTables:
    """`scored` is scores.json, `described` is manifest.json, `epochs` are the lines of metrics.jsonl, `shown`
    is report.json, `audited` is audit.json and `settings` is the text of experiment.toml; an older folder may
    lack the last four. `model_bytes` is how large the model is on the disk.
    """

    scored: Table
    described: Table
    epochs: Sequence[Table] = ()
    shown: Table = field(default_factory=dict)
    audited: Table = field(default_factory=dict)
    settings: str = ""
    model_bytes: int = 0
