"""What is odd about the texts of a run under its settings: told before the training."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from typing import TYPE_CHECKING

from nlpkit.notes import Note
from nlpkit.scoring.metric import name_of
from nlpkit.system.forking import cores
from nlpkit.system.terminal import counted
from nlpkit.text.indexing import two_forms
from nlpkit.text.oddities import Indexing, private_tokens, unknown_tokens, whole_sentences

if TYPE_CHECKING:
    from nlpkit.data.texts import Splits
    from nlpkit.experiment.value import Member
    from nlpkit.ragged import Ragged
    from nlpkit.vocab import Vocab


def odd_tokens(
    splits: Splits, ids: dict[str, Ragged], indexing: Indexing, *, written: bool
) -> Iterator[Note]:
    """Where tokenizer and vocabulary do not suit the texts: told before the training."""
    yield from whole_sentences("training", splits.train.texts, indexing)
    parts = {"test": splits.test.texts, "valid": splits.valid.texts}
    unknown = (unknown_tokens(part, texts, ids[part], indexing) for part, texts in parts.items())
    yield from islice(chain.from_iterable(unknown), 1)
    if written:
        yield from private_tokens(ids["train"], indexing.vocab)


def oddities(member: Member, ids: dict[str, Ragged], vocab: Vocab) -> Iterator[Note]:
    """Texts that are cut, tokens in two forms, workers without a core and a monitor without rows: told before
    the training.
    """
    keep, limit = member.collator.keep, member.collator.max_tokens
    if limit and (cut := sum(int((ragged.lengths > limit).sum()) for ragged in ids.values())):
        longer = counted(cut, "text is longer than", "texts are longer than")
        ends = "head and tail are" if keep == "both" else f"{keep} is"
        said = f"{longer} {counted(limit, 'token')}, and only {'its' if cut == 1 else 'their'} {ends} read"
        yield Note(f"{said} (collator.max_tokens, collator.keep)")
    if twice := two_forms(vocab):
        shown = ", ".join(map(repr, twice[:3])) + (", ..." if len(twice) > 3 else "")
        written = counted(len(twice), "token is written", "tokens are written")
        said = f"{written} in two Unicode forms and learned apart ({shown})"
        yield Note(f'{said}; text.normalize = "NFC" makes one of each')
    monitor = name_of(getattr(member.trainer, "monitor", "accuracy"))
    if monitor != "accuracy" and not len(ids["valid"]):
        said = f"there are no validation rows, so {monitor} cannot tell the best epoch"
        yield Note(f"{said}, and the last one is kept (trainer.monitor)")
    workers = getattr(member.trainer, "workers", 1)
    if workers > cores():
        said = f"{workers} workers share {counted(cores(), 'core')}, which is slower than a worker a core"
        yield Note(f"{said} (trainer.workers)")
