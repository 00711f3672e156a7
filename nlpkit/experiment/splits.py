"""The texts and labels that a dataset of an experiment reads."""

from __future__ import annotations

from nlpkit.components.kinds import Dataset
from nlpkit.data.texts import Splits
from nlpkit.settings.given import given_by, given_function


def splits_of(dataset: Dataset) -> Splits:
    """What it reads; GivenError where that is no Splits."""
    read = given_function(dataset.build(), dataset)
    splits = read()
    return given_by(read, splits, isinstance(splits, Splits), "a Splits")
