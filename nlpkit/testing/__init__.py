"""What nlpkit relies on, as checks that anyone can call: the contract kit for plugin authors.

    from nlpkit.testing import check_encoder, parametrize_with_checks

    check_encoder(Max())  # BrokenPromise says in one sentence what is wrong

    @parametrize_with_checks([Max(), Max(pooling="mean")])
    def test_contract(component, check):
        check(component)

A settings class whose defaults do not build, or are not all there is to check, offers instances through a
classmethod `examples()`; `nlpkit plugin check` uses these. A trainer that cannot fit the mean of token
vectors says through a classmethod `trained_with()` which encoder and collator to try it on.
"""

from __future__ import annotations

from nlpkit.testing.checks import (
    check_collator,
    check_dataset,
    check_encoder,
    check_tokenizer,
    check_trainer,
    checks_of,
    examples_of,
    outcomes,
    parametrize_with_checks,
)
from nlpkit.testing.promises import BrokenPromise, Check, Outcome, Skipped

__all__ = [
    "BrokenPromise",
    "Check",
    "Outcome",
    "Skipped",
    "check_collator",
    "check_dataset",
    "check_encoder",
    "check_tokenizer",
    "check_trainer",
    "checks_of",
    "examples_of",
    "outcomes",
    "parametrize_with_checks",
]
