"""The token ids of a dataset: those that an earlier run left in the store, or new ones for the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from time import process_time
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from nlpkit.errors import ConfigError, StorageError
from nlpkit.notes import Note
from nlpkit.ragged import Ragged
from nlpkit.system.atomic import require_free, taken
from nlpkit.system.sealed import SealError
from nlpkit.text.indexing import listed_tokens, text_tokenizer, vocab_of
from nlpkit.text.numbering import Numbered, TokenIds, number_tokens
from nlpkit.text.store import entry, folder
from nlpkit.text.store.key import id_settings, key
from nlpkit.vocab import Vocab

if TYPE_CHECKING:
    from nlpkit.components.kinds import Tokenizer
    from nlpkit.data.texts import SourceFile, Splits
    from nlpkit.text.settings import TextConfig, VocabConfig

Tell = Callable[[Note], None]
PARTS: Final = ("train", "valid", "test")
_NOT_KEPT: Final = "the tokens of these texts are not kept for later runs"
WORTH_SECONDS: Final = 0.1  # what took less is as soon made again as read and checked
MOST_KEPT: Final = 50_000_000  # tokens that stay in memory beside their ids: 200 MB


class Indexed(NamedTuple):
    """The ids of each part, the vocabulary of train, and the files that it was read from; `stored` where an
    earlier run had left the ids, `numbered` where they were made here and are to be kept.
    """

    ids: dict[str, Ragged]
    vocab: Vocab
    files: tuple[SourceFile, ...]
    stored: bool = False
    numbered: Numbered | None = None


def indexed(
    tokenizer: Tokenizer,
    text: TextConfig,
    config: VocabConfig,
    splits: Splits,
    tell: Tell,
    *,
    numbered: Numbered | None = None,
    keep: bool = False,
) -> Indexed:
    """Token ids and their vocabulary; whether they were stored changes nothing of them.

    A store that is damaged or that cannot be written is noted, and the ids are made without it. `numbered`
    are the tokens of the parts, where they are known; with `keep` they are given back, unless they are many.
    """
    columns = {part: getattr(splits, part).texts for part in PARTS}
    listed = listed_tokens(config)
    files = (listed.file,) if listed else ()
    settings = id_settings(tokenizer, text, config, listed.tokens if listed else None)
    path = _path(columns, settings, tell) if settings else None
    if path and (found := _taken_from(path, tell)):
        vocab = Vocab(found.tokens, specials=config.specials, buckets=config.buckets)
        return Indexed(found.ids, vocab, files, stored=True)
    started = process_time()
    number = partial(number_tokens, list(columns.values()), text_tokenizer(tokenizer, text))
    long = numbered is not None
    numbered = numbered or number()
    vocab = vocab_of(numbered, config, listed)
    kept = numbered if keep and numbered.size <= MOST_KEPT else None
    long = long or len(numbered.shares) > 1 or process_time() - started >= WORTH_SECONDS
    if path and settings and long:
        about = {"source": splits.source, "made_with": settings["tokenizer"]["components"]}
        if _leave_at(path, numbered.under(vocab), vocab, about, tell):
            del numbered  # so that the ids are in memory once
            if found := _taken_from(path, tell):
                return Indexed(found.ids, vocab, files, numbered=kept)
            numbered = kept or number()
    ids = numbered.under(vocab)
    return Indexed({part: ids.ragged(place) for place, part in enumerate(PARTS)}, vocab, files, numbered=kept)


def _path(columns: dict[str, Sequence[str]], settings: dict[str, Any], tell: Tell) -> Path | None:
    try:
        return folder.store_folder() / key(columns, settings)
    except StorageError as error:
        tell(Note(f"{_NOT_KEPT}: {error.message}"))
        return None


def _taken_from(path: Path, tell: Tell) -> entry.Stored | None:
    try:
        return entry.read(path)
    except OSError:  # it cannot be written either, and that is told when it is tried
        return None
    except SealError as error:
        said = f"the tokens of these texts in the cache are damaged, and are made again: {error}"
        tell(Note(said, paths=(error.path,)))
        with suppress(OSError):
            folder.remove(path)
        return None


def _leave_at(path: Path, ids: TokenIds, vocab: Vocab, about: dict[str, Any], tell: Tell) -> bool:
    """Store the ids for later runs; False, and a note, where that cannot be."""
    parts = {part: (ids.numbered.offsets(place), ids.pieces(place)) for place, part in enumerate(PARTS)}
    try:
        require_free(path, "cache folder")
        entry.write(path, parts, vocab.tokens, about)
    except (ConfigError, StorageError) as error:
        if not taken(path):  # by a run that started at the same time
            where = path.parent if error.location == str(path) else Path(error.location)
            tell(Note(f"{_NOT_KEPT}: {where}: {error.message}", paths=(where,)))
        return False
    folder.evict(kept=path)
    return True
