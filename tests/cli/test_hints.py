from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import nlpkit
from nlpkit.cli.hints import with_options
from nlpkit.data.reading.tables.dialect import written

PACKAGE = Path(nlpkit.__file__).parent


@pytest.mark.parametrize(
    ("hint", "told"),
    [
        ('set errors = "replace"', 'set errors = "replace" (--errors "replace")'),
        ("allow_constant = true", "allow_constant = true (--set data.allow_constant=true)"),
        ("data.split.test_fraction = 0", "data.split.test_fraction = 0 (--set data.split.test_fraction=0)"),
        ("trainer.max_grad_norm = 1.0", "trainer.max_grad_norm = 1.0 (--set trainer.max_grad_norm=1.0)"),
        ('text = ["a", "b"]', 'text = ["a", "b"] (--text "a" --text "b")'),
        ("header = true or header = false", "header = true (--header) or header = false (--no-header)"),
        ('tokenizer = "character"', 'tokenizer = "character"'),
        ("x = 3 is no setting", "x = 3 is no setting"),
        ('type = "csv" or type = "tsv"', 'type = "csv" (--format "csv") or type = "tsv" (--format "tsv")'),
        ('train_labels = "FILE"', 'train_labels = "FILE" (--labels "FILE")'),
    ],
)
def test_a_hint_says_how_a_setting_is_given_on_the_command_line(hint: str, told: str) -> None:
    assert with_options(hint, ["set", "errors", "text", "header", "format", "labels"]) == told


def test_errors_of_reading_speak_of_settings_and_not_of_options() -> None:
    for path in (PACKAGE / "data" / "reading").rglob("*.py"):
        assert not re.search(r"--[a-z]", path.read_text(encoding="utf-8")), path


def test_a_verb_without_the_option_is_not_told_of_it() -> None:
    assert with_options("allow_constant = true", ["errors"]) == "allow_constant = true"


@pytest.mark.parametrize(
    ("name", "in_toml", "in_shell"),
    [
        ("Größe 😀", '"Größe 😀"', '"Größe 😀"'),
        ("$ `5`", '"$ `5`"', "'$ `5`'"),
        ("it's\nso", '"it\'s\\nso"', r"$'it\'s\u000aso'"),
        ("a\u200b", r'"a\u200b"', r"$'a\u200b'"),
        ("\t", r'"\t"', r'"\t"'),
    ],
)
def test_any_name_is_written_so_that_it_can_be_typed(name: str, in_toml: str, in_shell: str) -> None:
    assert with_options(written({"label": name}), ["label"]) == f"label = {in_toml} (--label {in_shell})"
    assert tomllib.loads(f"label = {in_toml}") == {"label": name}
