"""Downloads: resumed where they broke off, tried three times, checked, and put in place in one step."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nlpkit.errors import NetworkError
from nlpkit.system.environment import switched_on
from nlpkit.system.terminal import counted

if TYPE_CHECKING:
    from requests import Response

TRIES = 3
PAUSE_SECONDS = 0.5  # before the second try, and twice that before the third
TIMEOUT_SECONDS = (10.0, 30.0)  # to connect, and for each piece
MAX_BYTES = 1 << 30
_PIECE_SIZE = 1 << 16


def offline() -> bool:
    """Whether NLPKIT_OFFLINE forbids the network."""
    return switched_on("NLPKIT_OFFLINE")


@dataclass(frozen=True)
class _Expected:
    """What is known of a file before it comes; `hash` as pooch writes it, or "", and `size` or 0."""

    hash: str
    size: int
    max_bytes: int

    def told(self) -> str:
        """In words what another file differs in."""
        kinds = {"md5": "MD5", "sha256": "SHA-256"}
        return f"another {kinds[self.hash.partition(':')[0]] if self.hash else 'size'}"


def download(
    url: str, path: Path, md5: str = "", *, sha256: str = "", size: int = 0, max_bytes: int | None = None
) -> None:
    """Put the file at `url` at `path`, if it is not there; nothing wrong ever has that name: nothing of
    another MD5 or SHA-256 (in hexadecimal) or of another size in bytes, where these are given.

    NetworkError where it cannot be downloaded or stored, or NLPKIT_OFFLINE forbids it. What had come of a
    broken download is kept beside `path`, and continued.
    """
    if offline():
        raise NetworkError(
            f"{path.name} is not here, and NLPKIT_OFFLINE forbids downloading it",
            hint=f"put it into {path.parent}, or unset NLPKIT_OFFLINE",
            location=url,
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path.with_name(f"{path.name}.lock")):
            if not path.exists():
                known = f"sha256:{sha256}" if sha256 else f"md5:{md5}" if md5 else ""
                _tried(url, path, _Expected(known, size, max_bytes or max(size, MAX_BYTES)))
    except OSError as error:
        raise NetworkError(
            f"{path.name} cannot be stored: {(error.strerror or str(error)).lower()}",
            hint=f"make room in {path.parent}, or set NLPKIT_CACHE_DIR to a folder that can be written",
            location=url,
        ) from error


def _tried(url: str, path: Path, expected: _Expected) -> None:
    import pooch  # type: ignore[import-untyped]
    import requests

    reason = ""
    for attempt in range(TRIES):
        if attempt:
            time.sleep(PAUSE_SECONDS * 2 ** (attempt - 1))
        pooch.get_logger().setLevel("WARNING" if attempt else "INFO")  # what is downloaded is said once
        try:
            _retrieve(url, path, expected)
            return
        except requests.RequestException as error:
            reason = _in_words(error)
            if error.response is not None and error.response.status_code in (401, 403, 404, 410):
                break
        except ValueError:  # another hash or size
            reason = f"what came is not the file that was expected ({expected.told()})"
    raise NetworkError(
        f"{path.name} could not be downloaded: {reason}",
        hint=f"try again later, or put the file into {path.parent} yourself",
        location=url,
    )


def _retrieve(url: str, path: Path, expected: _Expected) -> None:
    """The file, checked; ValueError where it is another one."""
    import pooch

    def resume(url: str, output: str, _: object) -> None:
        _resume(url, Path(output), expected)

    if expected.hash:
        pooch.retrieve(url, known_hash=expected.hash, fname=path.name, path=path.parent, downloader=resume)
    else:  # pooch would tell everybody the hash to write down
        pooch.get_logger().info("Downloading data from '%s' to file '%s'.", url, path)
        _resume(url, path, expected)


def _resume(url: str, output: Path, expected: _Expected) -> None:
    """Fetch `url` into a .part file, going on where an earlier try ended, and then into `output`."""
    import requests

    part = output.with_name(f"{url.rsplit('/', 1)[-1]}.part")
    size = part.stat().st_size if part.exists() else 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={size}-"} if size else {})
    with requests.get(url, headers=headers, stream=True, timeout=TIMEOUT_SECONDS) as response:
        if response.status_code == 416:  # there is nothing after `size`: the part is no part of this file
            part.unlink()
        response.raise_for_status()
        where = response.headers.get("Content-Range", "")
        goes_on = response.status_code == 206 and where.startswith(f"bytes {size}-")
        _store(response, part, size if goes_on else 0, expected.max_bytes)
    if expected.size and part.stat().st_size != expected.size:
        part.unlink()
        raise ValueError("another size")
    part.replace(output)


def _store(response: Response, part: Path, size: int, max_bytes: int) -> None:
    import requests

    name = part.name.removesuffix(".part")
    length = int(response.headers.get("Content-Length") or 0)
    expected = size + length if length else 0
    with part.open("ab" if size else "wb") as file:
        for piece in response.iter_content(_PIECE_SIZE):
            size += len(piece)
            if size > max_bytes:
                break
            file.write(piece)
            _show_progress(name, size, expected)
    _show_progress(name, size, expected, last=True)
    if size > max_bytes:
        part.unlink()
        raise requests.RequestException(f"more than {max_bytes:,} bytes came")
    if size < expected:
        raise requests.ConnectionError(f"{size:,} of {counted(expected, 'byte')} came")


def _in_words(error: Exception) -> str:
    from requests import exceptions

    if isinstance(error, exceptions.HTTPError) and error.response is not None:
        return f"the server answers {error.response.status_code} {error.response.reason}"
    words = {
        exceptions.Timeout: "the server does not answer in time",
        exceptions.ChunkedEncodingError: "the connection broke off",
        exceptions.SSLError: "the server's certificate is not trusted",
        exceptions.ConnectionError: "the server cannot be reached, or broke off",
    }
    return next((said for kind, said in words.items() if isinstance(error, kind)), str(error))


def _show_progress(name: str, size: int, expected: int, *, last: bool = False) -> None:
    if sys.stderr is None or not sys.stderr.isatty():
        return
    total = f" of {expected / 1e6:.1f}" if expected else ""
    sys.stderr.write(f"\r{name}: {size / 1e6:.1f}{total} MB" + ("\n" if last else ""))
    sys.stderr.flush()


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Wait until no other process downloads the same file; without locks where there are none."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    with lock.open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
