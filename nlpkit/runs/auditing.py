"""The audit of whatever has texts and labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlpkit.data.texts import Splits

if TYPE_CHECKING:
    from nlpkit.data.auditing.audit import Audit
    from nlpkit.experiment.sources import Source


def audit(data: Splits | Source, *, doubts: bool = True) -> Audit:
    """Look for what makes scores too good or labels too bad: texts that are nearly the same, within and
    across parts; twins with different labels; words that tell a class alone; classes that are not as frequent
    in all parts; damaged texts; and, with `doubts`, labels that a model which has not seen them does not
    believe.

    `data` is a dataset, what one has read, an experiment, or a file: of texts, or of an experiment (TOML).
    DataError where the texts cannot be read.
    """
    from nlpkit.data.auditing.audit import audit_of
    from nlpkit.data.auditing.oddities import audited
    from nlpkit.experiment.sources import experiment_from
    from nlpkit.experiment.splits import splits_of

    splits = data if isinstance(data, Splits) else splits_of(experiment_from(data, "data")[0].data)
    return audit_of(audited(splits), doubts=doubts)
