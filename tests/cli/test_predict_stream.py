from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nlpkit import Model

TEXTS = ["the coach praises the goalkeeper", "the minister meets the senate", "a chip, a laser", ""]


def test_stdin_is_a_text_a_line(trained: Path, model: Model, nlpkit: Callable[..., Any]) -> None:
    lines = "".join(f"{text}\r\n" for text in TEXTS).encode() + "un thé glacé".encode()
    expected = model.predict([*TEXTS, "un thé glacé"])
    for arguments in ([], ["--input", "-"]):
        assert nlpkit("predict", trained, *arguments, stdin=lines) == (0, "\n".join(expected) + "\n", "")
    latin = nlpkit("predict", trained, "--encoding", "latin-1", stdin="thé".encode("latin-1"))
    assert latin.out.splitlines() == model.predict(["thé"])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "error: standard input: nothing came in\n"),
        (b"good\nb\xffd\n", "error: standard input:2: byte 0xff at offset 6 is not UTF-8\n"),
        (b"good\nfine\nb\0d\n", "error: standard input:3: a NUL character, which no text has"),
        (b"\x7fELF\x02\x01\x01\0\0\0", "error: standard input:1: a NUL character"),
        (b"\xff\xfeh\0i\0", "error: standard input:1: this is UTF-16 by its byte-order mark"),
        (b"x" * 1_000_001, "error: standard input:1: more than 1,000,000 characters in one text\n"),
    ],
)
def test_a_stream_that_is_no_text_is_exit_code_3(
    content: bytes, said: str, trained: Path, nlpkit: Callable[..., Any]
) -> None:
    code, out, err = nlpkit("predict", trained, "--input", "-", stdin=content)
    assert (code, out) == (3, "")
    assert err.startswith(said)


def test_bytes_that_are_no_text_may_be_replaced(trained: Path, nlpkit: Callable[..., Any]) -> None:
    code, out, _ = nlpkit("predict", trained, "--errors", "replace", stdin=b"b\xffd\nn\0l\n")
    assert (code, out.count("\n")) == (0, 2)


def test_a_text_of_a_million_characters_is_one_text(trained: Path, nlpkit: Callable[..., Any]) -> None:
    assert nlpkit("predict", trained, stdin=b"x" * 1_000_000 + b"\n").out.count("\n") == 1


@pytest.mark.parametrize(
    ("texts", "chars", "sizes"), [(99, 4, [2, 2, 1]), (99, 5, [2, 2, 1]), (99, 6, [3, 2]), (2, 99, [2, 2, 1])]
)
def test_lines_that_come_at_once_are_answered_in_bounded_memory(
    texts: int,
    chars: int,
    sizes: list[int],
    trained: Path,
    nlpkit: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("nlpkit.cli.predict.STREAM_TEXTS", texts)
    monkeypatch.setattr("nlpkit.cli.predict.STREAM_CHARS", chars)
    answered: list[int] = []
    real = Model.probabilities

    def noted(model: Model, lines: list[str], **options: Any) -> Any:
        answered.append(len(lines))
        return real(model, lines, **options)

    monkeypatch.setattr(Model, "probabilities", noted)
    code, out, _ = nlpkit("predict", trained, stdin=b"cat\n" * 5)
    assert (code, out.count("\n"), answered) == (0, 5, sizes)


def test_a_terminal_is_not_waited_for(
    trained: Path, nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    code, _, err = nlpkit("predict", trained)
    assert code == 2
    assert err == f'error: no text given\n  for example: nlpkit predict {trained} "a text"\n'


def test_a_stream_is_answered_as_it_comes_and_ends_with_a_signal(
    trained: Path, model: Model, program: Callable[..., Any]
) -> None:
    process = program("predict", trained, "--input", "-", bufsize=0)
    for lines in (["a lone line"], ["the coach"] * 64, ["another lone line"]):
        process.stdin.write("".join(f"{line}\n" for line in lines).encode())
        answers = [process.stdout.readline().decode().strip() for _ in lines]
        assert answers == model.predict(lines)
    process.stdin.write(b"half a li")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert (process.returncode, out) == (130, b"")
    assert err.splitlines()[-1] == b"interrupted: nothing unfinished was kept"
