"""What the tests of reading share."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from nlpkit.errors import DataError
from tests.data.one_file import read_texts

REPOSITORY = Path(__file__).parents[2]
CHOSEN = os.environ.get("NLPKIT_DATA_DIR")  # of the one who runs the tests; a test may set another


@pytest.fixture
def sample_dir() -> Path:
    """The folder of real samples."""
    folder = Path(CHOSEN) if CHOSEN else REPOSITORY.parent / "shared" / "data"
    if not (folder / "ag_news" / "train.csv").exists():
        pytest.skip(f"no sample of AG News in {folder}; NLPKIT_DATA_DIR names another folder")
    return folder


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str, bytes], Path]:
    """Write a file, and say where it is."""

    def write(name: str, content: bytes) -> Path:
        path = tmp_path / name
        path.write_bytes(content)
        return path

    return write


@pytest.fixture
def reads(written: Callable[[str, bytes], Path]) -> Callable[..., None]:
    """Check that a file of some bytes is read as these texts and labels, with these warnings."""

    def check(
        name: str,
        content: bytes,
        options: dict[str, Any],
        texts: list[str],
        labels: list[str],
        warnings: list[str],
    ) -> None:
        path = written(name, content)
        found = read_texts(path, **options)
        assert list(found.texts.texts) == texts
        assert list(found.texts.labels) == labels
        assert [note.text.replace(str(path), name) for note in found.notes] == warnings

    return check


@pytest.fixture
def refuses(written: Callable[[str, bytes], Path]) -> Callable[..., None]:
    """Check that a file of some bytes is refused with this message and this hint."""

    def check(name: str, content: bytes, options: dict[str, Any], message: str, hint: str) -> None:
        path = written(name, content)
        with pytest.raises(DataError) as refusal:
            read_texts(path, **options)
        first_line, second_line = str(refusal.value).replace(str(path), name).split("\n  ")
        assert first_line == message
        assert second_line == hint
        assert refusal.value.exit_code == 3

    return check


@dataclass
class Site:
    """A web server on this machine: what it has, how it misbehaves, and the ranges it was asked for.

    `faults` are used up one a request; a request without one is answered as it should be.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    asked: list[tuple[str, str]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def site() -> Iterator[Site]:
    """A server that a test fills, on a free port."""
    site = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self, site)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        site.url = f"http://127.0.0.1:{server.server_port}/"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield site
        server.shutdown()
        thread.join()


def answer(handler: BaseHTTPRequestHandler, site: Site) -> None:
    fault = site.faults.pop(0) if site.faults else ""
    wanted = handler.headers.get("Range", "")
    site.asked.append((handler.path.removeprefix("/"), wanted))
    content = site.files.get(handler.path.removeprefix("/"))
    if fault.isdigit() or content is None:
        handler.send_error(int(fault or 404))
        return
    start = int(wanted.removeprefix("bytes=").removesuffix("-") or 0) if fault != "no ranges" else 0
    if start >= len(content):
        handler.send_error(416)
        return
    handler.send_response(206 if start else 200)
    if start:
        shown = 0 if fault == "wrong range" else start
        handler.send_header("Content-Range", f"bytes {shown}-{len(content) - 1}/{len(content)}")
        start = shown
    body = b"<html>no</html>" if fault == "another file" else content[start:]
    if fault != "no length":
        handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2] if fault == "breaks off" else body)
