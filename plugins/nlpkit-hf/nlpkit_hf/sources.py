"""Where something comes from: a folder, or a pinned revision of a repository on the Hugging Face hub."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Final, Literal

from nlpkit import ConfigError, MissingError, NetworkError
from nlpkit.data import offline

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


def needed(library: Literal["datasets", "transformers"]) -> Any:
    """The library, which is an extra of this plugin."""
    try:
        return import_module(library)
    except ImportError as error:
        reason = " ".join(str(error).split())[:200]
        raise MissingError(
            f"{library} is needed here and cannot be imported: {reason}",
            hint=f"install it with: pip install 'nlpkit-hf[{library}]'",
        ) from error


def snapshot(name: str, revision: str, kind: Literal["dataset", "model"], patterns: Sequence[str]) -> Path:
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
            local_files_only=offline(),
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


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
