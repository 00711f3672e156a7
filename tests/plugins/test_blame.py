from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path

import pytest

from nlpkit.errors import GivenError
from nlpkit.plugins import blame as blaming
from nlpkit.plugins.blame import blame
from tests.warm import command

Install = Callable[..., None]

PLUGIN = """
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from nlpkit import Dataset, Headlines, Splits, Tokenizer, Tracker, hookimpl


def when(where: str) -> None:
    if os.environ.get("FAILS") == where:
        raise FAILURE


@dataclass(frozen=True)
class Han(Tokenizer):
    \"\"\"Words.\"\"\"

    def __post_init__(self) -> None:
        when("settings")

    def build(self) -> Callable[[str], list[str]]:
        when("build")
        return words


def words(text: str) -> list[str]:
    when("call")
    return text.split()


@dataclass(frozen=True)
class HanTexts(Dataset):
    \"\"\"Headlines.\"\"\"

    def build(self) -> Callable[[], Splits]:
        return read


def read() -> Splits:
    when("read")
    return Headlines(train_size=60, valid_size=10, test_size=10).build()()


@hookimpl
def nlpkit_register(registry):
    registry.add("han", Han)
    registry.add("han_texts", HanTexts)
"""
METADATA = "Metadata-Version: 2.1\nName: nlpkit-han\nVersion: 1.0\nRequires-Dist: click>=8\n"
RAISE = 12  # the line
EXPERIMENT = """
data = "han_texts"
tokenizer = "han"
encoder = "embedding_mean"
trainer = { type = "standard", epochs = 1 }
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the plugin, an experiment and a run of it."""
    folder = tmp_path_factory.mktemp("han")
    (folder / "nlpkit_han-1.0.dist-info").mkdir()
    for name, text in {
        "nlpkit_han-1.0.dist-info/METADATA": METADATA,
        "nlpkit_han-1.0.dist-info/entry_points.txt": "[nlpkit]\nhan = han\n",
        "han.py": PLUGIN.replace("FAILURE", "ValueError('no more')"),
        "a.toml": EXPERIMENT,
        "texts.csv": "text,label\na storm,World\nthe match,Sports\n",
    }.items():
        (folder / name).write_text(text, encoding="utf-8")
    ran = command(folder, "run", "a.toml", "--folder", "run")
    assert ran.returncode == 0, ran.stderr
    return folder


def told(ran: subprocess.CompletedProcess[str], kind: str = "ValueError: no more") -> str:
    """The saved traceback, after a look at what is said."""
    assert ran.returncode == 4, ran.stderr
    found = re.search(
        rf"^error: nlpkit-han 1\.0 failed in han\.py:{RAISE}: {kind}\n"
        r"  the full traceback is in (\S+)\n  please report it to the authors of nlpkit-han\n\Z",
        ran.stderr,
        re.MULTILINE,
    )
    assert found, ran.stderr
    assert "bug" not in ran.stderr.replace("nlpkit-bug-", "")
    trace = Path(found[1]).read_text(encoding="utf-8")
    Path(found[1]).unlink()
    return trace


@pytest.mark.parametrize(
    ("fails", "arguments"),
    [
        ("read", ["run", "a.toml"]),
        ("call", ["run", "a.toml"]),
        ("build", ["predict", "run", "a storm"]),
        ("call", ["predict", "run", "a storm"]),
        ("call", ["evaluate", "run", "texts.csv"]),
    ],
)
def test_a_failure_in_the_code_of_a_plugin_is_the_plugins(
    fails: str, arguments: list[str], trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = told(command(trained, *arguments, FAILS=fails, NLPKIT_CACHE_DIR=str(trained / "cache")))
    assert "Traceback (most recent call last):" in trace
    assert "raise ValueError('no more')" in trace


@pytest.mark.parametrize(
    ("raised", "kind"),
    [
        ("SystemExit(3)", "SystemExit: 3"),
        ("OSError(28, 'No space left on device')", r"OSError: \[Errno 28\] No space left on device"),
        ("ModuleNotFoundError('no jieba', name='jieba')", "ModuleNotFoundError: no jieba"),
        ("type('Odd', (BaseException,), {})('odd')", "Odd: odd"),
    ],
)
def test_whatever_it_raises(raised: str, kind: str, trained: Path, tmp_path: Path) -> None:
    for path in trained.iterdir():
        (tmp_path / path.name).symlink_to(path)
    (tmp_path / "han.py").unlink()
    (tmp_path / "han.py").write_text(PLUGIN.replace("FAILURE", raised), encoding="utf-8")
    told(command(tmp_path, "predict", "run", "a storm", FAILS="build"), kind)


def test_a_value_that_settings_refuse_is_no_failure(trained: Path) -> None:
    ran = command(trained, "check", "a.toml", FAILS="settings")
    assert (ran.returncode, ran.stdout) == (2, "")
    assert "tokenizer: no more" in ran.stderr


def test_a_manifest_has_the_versions_of_what_the_plugins_of_a_run_require(trained: Path) -> None:
    versions = json.loads((trained / "run" / "manifest.json").read_text(encoding="utf-8"))["versions"]
    assert versions["click"] == version("click")
    assert "pluggy" not in versions


def caught(work: Callable[[], object]) -> BaseException:
    with pytest.raises(BaseException) as found:
        work()
    return found.value


@pytest.fixture
def theirs(install: Install, tmp_path: Path) -> Callable[[str], dict[str, object]]:
    """What a plugin's module of some code has in it; another module of its distribution is good_inside."""

    def module(code: str) -> dict[str, object]:
        install("han", code)
        listed = "good_han.py,,\ngood_inside.py,,\n"
        (tmp_path / "dist_han-1.2.dist-info" / "RECORD").write_text(listed, encoding="utf-8")
        (tmp_path / "good_inside.py").write_text("def fails():\n    return 1 / 0\n", encoding="utf-8")
        return vars(__import__("good_han"))

    return module


def test_the_innermost_frame_of_a_plugin_is_told_whatever_was_called_from_there(
    theirs: Callable[[str], dict[str, object]],
) -> None:
    fails = theirs("import json\ndef fails():\n    json.loads('{')\n")["fails"]
    found = blame(caught(fails))  # type: ignore[arg-type]
    assert str(found).startswith(
        "dist-han 1.2 failed in good_han.py:3: JSONDecodeError: Expecting property name"
    )


def test_other_modules_of_its_distribution_are_its_own(theirs: Callable[[str], dict[str, object]]) -> None:
    fails = theirs("import good_inside\nfails = good_inside.fails\n")["fails"]
    assert str(blame(caught(fails))) == (  # type: ignore[arg-type]
        "dist-han 1.2 failed in good_inside.py:2: ZeroDivisionError: division by zero"
    )


def test_an_error_that_was_raised_in_place_of_a_plugins_leads_to_it(
    theirs: Callable[[str], dict[str, object]],
) -> None:
    fails = theirs("def fails():\n    raise KeyError('x')\n")["fails"]

    def replaced() -> None:
        try:
            fails()  # type: ignore[operator]
        except KeyError as error:
            raise RuntimeError("another") from error

    assert str(blame(caught(replaced))) == "dist-han 1.2 failed in good_han.py:2: KeyError: 'x'"


def test_what_no_plugin_was_at_work_in_is_nobodys(theirs: Callable[[str], dict[str, object]]) -> None:
    theirs("x = 1\n")
    assert blame(caught(lambda: 1 / 0)) is None


def test_a_plugin_whose_entry_point_is_in_the_standard_library_is_not_blamed_for_it(install: Install) -> None:
    import json

    install("odd", None, module="json:dumps")
    assert blame(caught(lambda: json.loads("{"))) is None


def test_metadata_that_cannot_be_read_is_in_nobodys_way(
    theirs: Callable[[str], dict[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fails = theirs("def fails():\n    raise KeyError('x')\n")["fails"]
    monkeypatch.setattr(blaming, "packages_distributions", lambda: 1 / 0)
    assert blame(caught(fails)) is not None  # type: ignore[arg-type]
    assert "good_han" in sys.modules


def test_what_a_plugin_gives_is_blamed_on_the_line_where_its_function_is_defined(
    GOOD: str, install: Install
) -> None:
    install("loud", GOOD, module="good_given")
    import good_given  # type: ignore[import-not-found]

    shout = good_given.shout
    for function in (shout, partial(partial(shout), "a")):
        blamed = blame(GivenError("it gives none", function))
        line = shout.__code__.co_firstlineno
        assert str(blamed) == (f"dist-loud 1.2 failed in good_given.py:{line}: GivenError: it gives none")
    assert blame(GivenError("it gives none", len)) is None
