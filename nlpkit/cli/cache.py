"""nlpkit cache: what is kept for later runs, and its removal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import click

from nlpkit.cli.output import answer, answer_json, json_option, table
from nlpkit.errors import StorageError
from nlpkit.system.terminal import counted, one_line


@click.group(
    "cache", short_help="List the token ids kept for later runs, or clear them.", invoke_without_command=True
)
@click.pass_context
@json_option
def cache_command(ctx: click.Context, as_json: bool) -> None:
    """List the token ids kept for later runs, or clear them.

    \b
    nlpkit cache
    nlpkit cache clear
    NLPKIT_CACHE_DIR=/data/cache nlpkit cache

    Prints each entry, and the disk space that entries and downloads take. Runs share an entry if they read
    the same texts with the same tokenizer and vocabulary. An entry is ready, stale (written by another
    version of nlpkit or of a plugin) or damaged. You can clear entries at any time: the next run makes them
    again. Beyond 10 GB, the least recently used ones are removed.
    """
    if ctx.invoked_subcommand:
        return
    from rich.filesize import decimal

    from nlpkit.system.cache import cache_folder
    from nlpkit.text.store.folder import entries

    found = entries()
    loaded = sum(path.stat().st_size for path in _downloads())
    if as_json:
        listed = [{**asdict(entry), "last_used": _time(entry.last_used).isoformat()} for entry in found]
        answer_json({"folder": str(cache_folder()), "entries": listed, "download_size": loaded})
        return
    if found:
        heads = [["of", "tokenizer", "texts", "tokens", "size", "last used", "state"]]
        rows = [
            [
                one_line(entry.source) or entry.key[:12],
                entry.tokenizer,
                f"{entry.texts:,}",
                f"{entry.tokens:,}",
                decimal(entry.size),
                f"{_time(entry.last_used).astimezone():%Y-%m-%d %H:%M}",
                entry.state,
            ]
            for entry in found
        ]
        answer(table(heads + rows) + "\n")
    total = decimal(sum(entry.size for entry in found))
    answer(f"{total} of token ids and {decimal(loaded)} of downloads in {cache_folder()}")


@cache_command.command("clear", short_help="Remove all token ids.")
@click.option(
    "--downloads", "with_downloads", is_flag=True, help="Remove downloaded datasets and vectors too."
)
def clear(with_downloads: bool) -> None:
    """Remove all token ids from the cache.

    \b
    nlpkit cache clear
    nlpkit cache clear --downloads

    Prints how much disk space is free again. Runs in progress are not disturbed. Other files in the folder
    stay, and no link is followed.
    """
    from rich.filesize import decimal

    from nlpkit.system.cache import cache_folder
    from nlpkit.text.store import folder

    files = 0
    try:
        count, freed = folder.clear()
        for path in _downloads() if with_downloads else ():
            freed += path.stat().st_size
            path.unlink()
            files += 1
    except OSError as error:
        raise StorageError(
            f"cannot be removed: {error.strerror or error}",
            location=str(error.filename or cache_folder()),
            hint="check the permissions of the folder; everything before this file has been removed",
        ) from error
    removed = counted(count, "entry of token ids", "entries of token ids")
    loaded = f" and {counted(files, 'downloaded file')}" if with_downloads else ""
    answer(f"removed {removed}{loaded}: {decimal(freed)} freed in {cache_folder()}")


def _downloads() -> Iterator[Path]:
    """Datasets and word vectors."""
    from nlpkit.data.ag_news import downloads
    from nlpkit.data.vectors.fetched import vectors_downloads

    yield from downloads()
    yield from vectors_downloads()


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
