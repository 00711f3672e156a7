from __future__ import annotations

from pathlib import Path

import pytest

from nlpkit.errors import ConfigError
from nlpkit.experiment.file import load_experiment

NEWLINE = "expected newline or end of document after a statement"
ESCAPE = r"a backslash in double quotes is an escape: write '...', as in 'C:\data\train.csv'"
CURLY = "curly quotes are not quotes in TOML: write \" or '"
NOT_CLOSED = "an array that is opened with [ above is not closed with ]"


def refusal(folder: Path, text: str, name: str = "x.toml") -> list[str]:
    """The lines of what is said of a file, without its folder."""
    path = folder / name
    path.write_bytes(text.encode())
    with pytest.raises(ConfigError) as caught:
        load_experiment(path)
    assert caught.value.exit_code == 2
    return str(caught.value).removeprefix(f"{folder}/").split("\n  ")


@pytest.mark.parametrize(
    ("line", "column", "reason", "cause"),
    [
        ("label = team", 9, "invalid value", "put quotes around a string: 'team'"),
        ("train = data/a.csv # ours", 9, "invalid value", "put quotes around a string: 'data/a.csv'"),
        ("text = [body, title]", 9, "invalid value", "put quotes around a string: 'body'"),
        ("strict = True", 10, "invalid value", "true and false are written in lower case"),
        ("strict = yes", 10, "invalid value", "write true or false, or put quotes around a string"),
        ("header = None", 10, "invalid value", "TOML has no None: leave the setting out"),
        ("rate = .5", 8, "invalid value", "write a digit before the point: 0.5"),
        ("rate =", 7, "invalid value", "the value is missing"),
        ("rate = 0,01", 9, NEWLINE, "write a number with a point: 0.01"),
        ("rate = -10,5", 11, NEWLINE, "write a number with a point: -10.5"),
        ("rate = 5.", 9, NEWLINE, "write a digit after the point: 5.0"),
        ("seed = 007", 9, NEWLINE, "a number does not begin with 0"),
        ("seed = 3,", 9, NEWLINE, "write no comma at the end of a line"),
        ("train = 2024-1-news", 13, NEWLINE, "put quotes around a string: '2024-1-news'"),
        ("a = 1 b = 2", 7, NEWLINE, "write one setting a line"),
        ('a = "the "best" one"', 11, NEWLINE, "the string ends at its second quote mark: "
         "put '...' around \", or \"...\" around '"),
        (r'train = "C:\Users\a.csv"', 14, "invalid hex value", ESCAPE),
        (r'train = "D:\my.csv"', 14, r"unescaped '\' in a string", ESCAPE),
        ("label = “team”", 9, "invalid value", CURLY),
        ('label = "team”', 15, r"illegal character '\n'", CURLY),
        ('label = "team', 14, r"illegal character '\n'", "a quote is opened and not closed"),
        ("label = 'team", 14, "expected \"'\"", "a quote is opened and not closed"),
        ("[data", 6, "expected ']' at the end of a table declaration",
         "close the name of the table with ]"),
        ("a = [1 2]", 8, "unclosed array",
         "write a comma between the values of an array, and ] after the last"),
        ("a = { b = 1", 12, "unclosed inline table",
         "write { ... } in one line, or a table with a line for each key"),
        ("a = { b = 1, }", 14, "invalid initial character for a key part", "write no comma before }"),
        ("seed: 3", 5, "expected '=' after a key in a key/value pair", "write = between a key and its value"),
        ("hidden size = 3", 8, "expected '=' after a key in a key/value pair",
         "put quotes around a key with spaces"),
        ("seed", 5, "expected '=' after a key in a key/value pair", "write KEY = VALUE"),
        ("a = [1,,2]", 8, "invalid value", "a value is missing before this comma"),
        ("// ours", 1, "invalid statement", "a comment begins with #"),
        ('data = {type = "csv",', 22, "invalid initial character for a key part",
         "write { ... } in one line, or a table with a line for each key"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("break_", ["\n", "\r\n"])
def test_a_line_that_is_no_toml_is_shown_with_its_likely_cause(
    tmp_path: Path, line: str, column: int, reason: str, cause: str, break_: str
) -> None:
    text = break_.join(["# ours", line, "[trainer]", ""])

    assert refusal(tmp_path, text) == [f"x.toml:2:{column}: this is not TOML: {reason}", line, cause]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[data]\nlabel = 'a'\nlabel = 'b'\n", [
            "x.toml:3:12: this is not TOML: cannot overwrite a value", "label = 'b'",
            "this key has a value above already: keep one of them"]),
        ("[data]\na = 1\n\n[data]\nb = 2\n", [
            "x.toml:4:6: this is not TOML: cannot declare ('data',) twice", "[data]",
            "this table is begun above already: write its keys below one [data]"]),
        ("encoder = 'lstm'\n[encoder]\nsize = 3\n", [
            "x.toml:2:9: this is not TOML: cannot overwrite a value", "[encoder]",
            "this name has a value above already, and is no table"]),
        ("a = [1, 2\nb = 3\n", ["x.toml:2:1: this is not TOML: unclosed array", "b = 3", NOT_CLOSED]),
        ("a = [1,\nb = 3\n", ["x.toml:2:1: this is not TOML: invalid value", "b = 3", NOT_CLOSED]),
        ("a = [1,\n[data]\n", ["x.toml:2:2: this is not TOML: invalid value", "[data]", NOT_CLOSED]),
        ('a = 1\nb = """c\n\nd = 2', ["x.toml:2:9: this is not TOML: unterminated string", 'b = """c',
                                     "a quote is opened and not closed"]),
        ("a = 'b\n\nc = 'd'\n", ["x.toml:1:7: this is not TOML: found invalid character '\\n'", "a = 'b",
                                "a quote is opened and not closed"]),
        ("a = [1,\n\n", ["x.toml:1:8: this is not TOML: invalid value", "a = [1,", NOT_CLOSED]),
    ],
)  # fmt: skip
def test_what_another_line_has_to_do_with_is_named(tmp_path: Path, text: str, said: list[str]) -> None:
    assert refusal(tmp_path, text) == said


def test_characters_that_cannot_be_seen_are_not_printed(tmp_path: Path) -> None:
    assert refusal(tmp_path, "a = 1 # \x1b[31m\n") == [
        r"x.toml:1:9: this is not TOML: found invalid character '\x1b'",
        "a = 1 #  [31m",
        "remove this character, which cannot be seen",
    ]


def test_a_file_of_another_name_may_hold_texts(tmp_path: Path) -> None:
    assert refusal(tmp_path, "text,label\n", "x.dat") == [
        "x.dat:1:5: this is not TOML: expected '=' after a key in a key/value pair",
        'if it is a file of texts, name its format: type = "FORMAT"',
    ]
