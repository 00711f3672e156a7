"""Where something comes from: a folder, or a pinned revision of a repository on the Hugging Face hub."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final, Literal
from unittest.mock import patch

from nlpkit import ConfigError, DataError, MissingError, NetworkError, NlpkitError
from nlpkit.data import folder_problems, offline

Library = Literal["datasets", "transformers"]
Kind = Literal["dataset", "model"]

_BRANCHES: Final = ("main", "master", "HEAD")


def bad_source(folder: Path | None, name: str | None, revision: str | None) -> dict[str, str]:
    """The problems of a folder, or else a name with a revision."""
    if (folder is None) == (name is None):
        return {"folder": "give a folder, or the name of a repository on the hub with its revision"}
    if folder is not None:
        return {} if revision is None else {"revision": "a folder has no revision"}
    if not name or not name.strip():
        return {"name": f"{name!r} is not the name of a repository on the hub, such as user/name"}
    if not revision:
        return {"revision": "is required with a name: the hash of a commit, or a tag"}
    if revision in _BRANCHES:
        return {"revision": f"{revision!r} is a branch, which moves; give the hash of a commit, or a tag"}
    return {}


def needed(library: Library) -> Any:
    """The library, which is an extra of this plugin."""
    try:
        return import_module(library)
    except ImportError as error:
        raise _not_here(library, _line(error)) from error


def _not_here(library: Library, reason: str) -> MissingError:
    return MissingError(
        f"{library} is needed here and cannot be imported: {reason}",
        hint=f"install it with: pip install 'nlpkit-hf[{library}]'",
    )


def missing(library: Library) -> Iterator[NlpkitError]:
    """That the library is not installed, without importing it."""
    if find_spec(library) is None:
        yield _not_here(library, "it is not installed")


@contextmanager
def without_hub() -> Iterator[None]:
    """The hub is not asked for anything, whatever its libraries are given."""
    from huggingface_hub import constants

    with patch.object(constants, "HF_HUB_OFFLINE", True):
        yield


def source_problems(
    folder: Path | None,
    pinned: tuple[str, str],
    kind: Kind,
    patterns: Sequence[str],
    inside: Callable[[Path], Iterator[NlpkitError]],
) -> Iterator[NlpkitError]:
    """What is wrong with a folder, or else with the name and the revision of a repository.

    The hub is not asked: what may still be downloaded is no problem. `inside` says what a folder lacks.
    """
    try:
        found = folder or snapshot(*pinned, kind, patterns, download=False)
    except NetworkError as error:
        if _forbidden():
            yield error
        return
    except NlpkitError as error:
        yield error
        return
    problems = list(hinted(folder_problems(found), f"give the folder of a {kind}"))
    yield from problems or inside(found)


def hinted(errors: Iterable[DataError], hint: str) -> Iterator[DataError]:
    """The same errors, with another hint."""
    return (DataError(error.message, hint=hint, location=error.location) for error in errors)


def snapshot(name: str, revision: str, kind: Kind, patterns: Sequence[str], *, download: bool = True) -> Path:
    """The folder with the files of a revision that match, downloaded where they are not in the hub's cache.

    NLPKIT_OFFLINE and HF_HUB_OFFLINE forbid to download.
    """
    from huggingface_hub import errors, snapshot_download

    location = f"{name}@{revision}"
    try:
        found = snapshot_download(
            name,
            repo_type=kind,
            revision=revision,
            allow_patterns=list(patterns),
            local_files_only=offline() or not download,
        )
    except errors.HFValidationError as error:
        raise ConfigError(f"{name!r} is not the name of a repository: {_line(error)}") from None
    except errors.RevisionNotFoundError as error:
        raise ConfigError(
            f"the hub has no revision {revision!r} of the {kind} {name}",
            hint="give the hash of a commit, or a tag",
            location=location,
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise NetworkError(
            f"the hub has no {kind} {name}, or does not show it to you",
            hint="check the name; for what is not public, log in with: hf auth login",
            location=location,
        ) from error
    except Exception as error:  # of whichever library makes the requests
        forbidden = "NLPKIT_OFFLINE forbids downloading it" if offline() else _line(error)
        raise NetworkError(
            f"the {kind} is not in the hub's cache, and could not be downloaded: {forbidden}",
            hint="try again later, or download it elsewhere and give its folder",
            location=location,
        ) from error
    return Path(found)


def _forbidden() -> bool:
    from huggingface_hub import constants

    return offline() or constants.HF_HUB_OFFLINE


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
