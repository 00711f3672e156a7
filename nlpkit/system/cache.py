"""Where things are kept for later runs."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from nlpkit.errors import StorageError
from nlpkit.system.environment import folder_of


def cache_folder() -> Path:
    """Where downloads and token ids are kept: $NLPKIT_CACHE_DIR, or the user's cache folder.

    StorageError where nobody knows of one.
    """
    from platformdirs import user_cache_path

    if chosen := folder_of("NLPKIT_CACHE_DIR"):
        return chosen
    with suppress(RuntimeError):  # older platformdirs give a folder that is called ~
        if (found := user_cache_path("nlpkit", appauthor=False)).parts[0] != "~":
            return found
    raise StorageError("this user has no home folder for a cache", hint="set NLPKIT_CACHE_DIR to a folder")
