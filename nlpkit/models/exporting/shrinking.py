"""A model with fewer tokens in its vocabulary: what is left out is read as an unknown word from then on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpkit.errors import ConfigError
from nlpkit.models import saved
from nlpkit.models.exporting.export import Plain, model_bytes
from nlpkit.models.exporting.gate import Measured, measured
from nlpkit.models.model import Model
from nlpkit.models.pool import Pool
from nlpkit.models.text_model import TextModel
from nlpkit.settings.values import refuse, whole
from nlpkit.system.atomic import atomic_folder, require_free
from nlpkit.system.sealed import folder_bytes
from nlpkit.text.indexing import text_tokenizer
from nlpkit.vocab import Vocab

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Shrunk:
    """A smaller model: its folder, how many tokens it had and has, and both models as they were measured."""

    folder: Path
    tokens_before: int
    tokens: int
    forms: tuple[Measured, ...] = field(repr=False)
    rows: int


def shrink(
    model: TextModel | Path | str,
    folder: Path | str,
    texts: Sequence[str],
    *,
    keep: int | None = None,
    min_count: int | None = None,
    labels: Sequence[Any] | None = None,
    max_changed: float = 0.05,
) -> Shrunk:
    """Write a model, or that of a run folder, with fewer tokens: the first `keep` of each vocabulary, which
    are the most frequent ones of training unless it was read from a file, and of these the ones that `texts`
    have `min_count` times.

    GateError, and no folder, where more than the share `max_changed` of the texts get another label than
    before.
    """
    if keep is None and min_count is None:
        raise ConfigError("nothing says how small", hint="give keep, min_count or both")
    refuse(whole(1, 2**31 - 1, keep=keep, min_count=min_count))
    folder = Path(folder)
    require_free(folder, "--output")
    model = saved.model_of(model)
    rows = list(texts)
    smaller = _smaller(model, rows, keep, min_count)
    with atomic_folder(folder) as partial:
        smaller.write(partial)
        loaded = saved.load(partial)
        forms = {
            "before": (Plain(model), model_bytes(model)),
            "smaller": (Plain(loaded), folder_bytes(partial)),
        }
        table = measured(forms, rows, labels)
        table[-1].require(len(rows), tolerance=None, max_changed=max_changed, way="keep more tokens")
    return Shrunk(folder, _tokens(model), _tokens(smaller), tuple(table), len(rows))


def _tokens(model: TextModel) -> int:
    return sum(len(part.vocab.tokens) for part in model.parts)


def _smaller(model: TextModel, texts: list[str], keep: int | None, min_count: int | None) -> TextModel:
    if isinstance(model, Pool):
        members = tuple(_pruned(member, texts, keep, min_count) for member in model.members)
        return replace(model, members=members, location="")
    if isinstance(model, Model):
        return _pruned(model, texts, keep, min_count)
    raise TypeError(f"a Model or a Pool can be made smaller, not a {type(model).__name__}")


def _pruned(model: Model, texts: list[str], keep: int | None, min_count: int | None) -> Model:
    """A model with the rows of the tokens that stay."""
    vocab = model.vocab
    places = range(len(vocab.tokens))[:keep]
    if min_count is not None:
        tokenize = text_tokenizer(model.settings.tokenizer, model.settings.text)
        counts = Counter(token for text in texts for token in tokenize(text))
        places = [place for place in places if counts[vocab.tokens[place]] >= min_count]  # type: ignore[assignment]
    if not places:
        raise ConfigError("no token would stay", hint="keep more, or lower min_count")
    tokens = [vocab.tokens[place] for place in places]
    smaller = Vocab(tokens, specials=vocab.specials, buckets=vocab.buckets)
    first = 2 + len(vocab.specials)
    ids = [*range(first), *(first + place for place in places)]
    ids += range(first + len(vocab.tokens), len(vocab))
    return _with_rows(model, smaller, ids, first)


def _with_rows(model: Model, vocab: Vocab, ids: list[int], first: int) -> Model:
    """Weights of which an axis was as long as the vocabulary, with or without padding, unknown and specials,
    and has now the length of the new one, have the entries of `ids` along it.
    """
    import torch

    from nlpkit.nn.modes import drawing, plain_modes

    with plain_modes(), drawing(0):
        found = Model.untrained(model.settings, vocab, model.labels, model.layout)
    expected, weights = found.classifier.state_dict(), model.classifier.state_dict()
    kept = torch.tensor(ids)
    rows = {len(model.vocab): kept, len(model.vocab) - first: kept[first:] - first}
    found.classifier.load_state_dict(
        {name: _taken(name, each, expected[name], rows) for name, each in weights.items()}, strict=True
    )
    found.classifier.eval()
    return found


def _taken(name: str, weight: Tensor, expected: Tensor, rows: dict[int, Tensor]) -> Tensor:
    taken = weight.cpu()
    for axis, size in enumerate(expected.shape):
        if taken.shape[axis] != size:
            if taken.shape[axis] not in rows:
                raise ConfigError(
                    f"the weight {name} depends on the vocabulary in another way than a row for each token",
                    hint="train the model again with a higher vocab.min_count",
                )
            taken = taken.index_select(axis, rows[taken.shape[axis]])
    return taken
