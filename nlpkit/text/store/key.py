"""What token ids depend on, as one name: the same name, the same ids."""

from __future__ import annotations

import hashlib
import json
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpkit.components.kinds import Component, Tokenizer
from nlpkit.data.reading.packed import utf8_chunks
from nlpkit.errors import ConfigError
from nlpkit.plugins.loading import load_plugins
from nlpkit.settings.walk import walk
from nlpkit.version import DISTRIBUTION, __version__

if TYPE_CHECKING:
    from nlpkit.text.settings import TextConfig, VocabConfig

FORMAT = 2  # of an entry and of its name
_MAKERS = (
    *("nlpkit.text.indexing", "nlpkit.text.numbering", "nlpkit.vocab"),
    *("nlpkit.components.tokenizers", "nlpkit.components.tokenizing"),
)


def key(columns: Mapping[str, Sequence[str]], settings: Mapping[str, Any]) -> str:
    """SHA-256 in hexadecimal of the texts of all parts, and of the settings that ids depend on."""
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
    for part, texts in columns.items():
        digest.update(f"{part} {len(texts)}\n".encode())
        _add(digest, texts)
    return digest.hexdigest()


def id_settings(
    tokenizer: Tokenizer, text: TextConfig, vocab: VocabConfig, listed: Sequence[str] | None
) -> dict[str, Any] | None:
    """All settings that ids depend on, and the code that makes ids; `listed` are the tokens of `vocab.file`.

    None where it cannot be told what a tokenizer does: it is not registered, or reads what is no file.
    """
    try:
        return {
            "format": FORMAT,
            "nlpkit": __version__,
            "code": [_sha256(_path_of(module)) for module in _MAKERS],
            "tokenizer": _described(tokenizer.portable()),
            "text": asdict(text),
            "vocab": {**asdict(vocab), "file": listed},
        }
    except (ConfigError, OSError, _UnknownError):
        return None


class _UnknownError(Exception):
    """A component whose code or files cannot be found."""


def _add(digest: hashlib._Hash, texts: Sequence[str]) -> None:
    """All texts end to end in UTF-8, and then the bytes of each."""
    lengths = array("q")
    for chunk in utf8_chunks(texts):
        lengths.extend(map(len, chunk))
        digest.update(b"".join(chunk))
    digest.update(lengths)


def _described(tokenizer: Tokenizer) -> dict[str, Any]:
    """Its table, and of each component in it who provides it and its code; of each file its SHA-256."""
    from nlpkit.settings.tables import to_table

    plugins = load_plugins()
    versions = {plugin.distribution: plugin.version for plugin in plugins.loaded}
    table = to_table(tokenizer, plugins)
    components, files = [], []
    for _, value in walk(tokenizer):
        if isinstance(value, Path):
            files.append(_sha256(value))
        elif isinstance(value, Component):
            entry = plugins.registry.entry_of(type(value))
            if not entry.distribution:
                raise _UnknownError(entry.name)
            version = versions.get(entry.distribution, __version__)
            code = "" if entry.distribution == DISTRIBUTION else _code(type(value).__module__)
            components.append(
                {"name": entry.name, "by": entry.distribution, "version": version, "code": code}
            )
    return {"table": table, "components": components, "files": files}


@cache
def _code(module: str) -> str:
    """SHA-256 of a plugin's module and of those beside it in its package.

    Who edits a tokenizer gets what it gives now, without a new version of it.
    """
    path = _path_of(module)
    files = sorted(path.parent.glob("*.py")) if sys.modules[module].__package__ else [path]
    return hashlib.sha256("".join(map(_sha256, files)).encode()).hexdigest()


def _path_of(module: str) -> Path:
    path = import_module(module).__file__
    if not path:
        raise _UnknownError(module)
    return Path(path)


def _sha256(path: Path) -> str:
    if not path.is_file():  # a folder, or a pipe that would be waited for
        raise _UnknownError(path)
    return hashlib.sha256(path.read_bytes()).hexdigest()
