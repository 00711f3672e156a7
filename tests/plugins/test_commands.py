from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nlpkit.plugins import loading as plugins
from tests.warm import command

Install = Callable[..., None]


NOISY = {  # they work, and want something of the process
    "prints": """
import os, sys
print('printed')
print('told', file=sys.stderr)
os.write(1, b'written\\n')
""",
    "torch_on_top": "import torch\n",
}


def process(tmp_path: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A Python that finds the plugins in `tmp_path`."""
    paths = [str(tmp_path), str(Path(plugins.__file__).parents[2])]
    return subprocess.run(
        [sys.executable, *arguments],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1", **environment},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )


EXPERIMENT = """
encoder = "embedding_mean"

[tokenizer]
type = "ngrams"
tokenizer = "shout"

[data]
type = "headlines"
train_size = 200
valid_size = 20
test_size = 20

[trainer]
type = "standard"
epochs = 1
"""


def test_beside_every_broken_plugin_all_commands_work(
    BROKEN: dict[str, str], HARMFUL: dict[str, str], GOOD: str, install: Install, tmp_path: Path
) -> None:
    install("loud", GOOD)
    for name, code in NOISY.items():
        install(name, code + GOOD.replace('"shout"', f'"{name}"'))
    broken = {**BROKEN, **HARMFUL, "prints_and_fails": "print('printed')\nraise ValueError('failed')\n"}
    for name, code in broken.items():
        install(name, code, module=f"broken_{name}")
    (tmp_path / "shout.toml").write_text(EXPERIMENT, encoding="utf-8")
    some = {"NLPKIT_PLUGIN_SECONDS": "10", "NLPKIT_CACHE_DIR": str(tmp_path / "cache")}

    assert command(tmp_path, "--help", **some).stderr == ""
    listed = command(tmp_path, "plugins", "--json", **some)
    assert listed.returncode == 0, listed.stderr
    rows = {row["name"]: row for row in json.loads(listed.stdout)}
    assert {name for name, row in rows.items() if row["state"] == "broken"} == set(broken)
    assert {name for name, row in rows.items() if row["state"] == "loaded"} == {"loud", *NOISY}
    assert "is broken" not in listed.stderr
    assert rows["torch_on_top"]["notes"][0].startswith("it imports torch, which makes every command slow")
    assert rows["prints"]["notes"] == ["it prints when it is imported"]

    for arguments in (["components", "tokenizer"], ["check", "shout.toml"], ["run", "shout.toml", "--json"]):
        slow = "" if "run" in arguments else "torch_on_top"
        ran = command(tmp_path, *arguments, NLPKIT_DISABLE_PLUGINS=slow, **some)
        assert ran.returncode == 0, ran.stderr
        for name in broken:
            assert ran.stderr.count(f"plugin {name} of dist-{name} 1.2 is broken") == 1, ran.stderr
            assert ran.stderr.count(f"set NLPKIT_DISABLE_PLUGINS={name} to switch it off, or ") == 1, (
                ran.stderr
            )
            assert rows[name]["problem"] in ran.stderr
        assert {"printed", "told", "written"} <= set(ran.stderr.split("\n"))
        assert not {"printed", "told", "written"} & set(ran.stdout.split("\n"))
    assert json.loads(ran.stdout)["scores"]["accuracy"] > 0.2

    recorded = {"name": "shout", "distribution": "dist-loud", "version": "1.2"}
    for file in ("manifest.json", "model/bundle.json"):
        described = json.loads((tmp_path / "runs" / "shout" / file).read_text(encoding="utf-8"))
        assert described["components"]["tokenizer.tokenizer"] == recorded
    (tmp_path / "elsewhere").mkdir()
    missing = command(tmp_path / "elsewhere", "predict", "../runs/shout", "goal")
    assert (missing.returncode, missing.stdout) == (4, "")
    assert missing.stderr == (
        "error: the model needs the plugin dist-loud, which is not installed\n"
        "  the name is what its manifest says: find out whose package it is, and if you trust it, "
        "install it with: pip install dist-loud==1.2\n"
    )


def test_nothing_of_a_blocked_plugin_is_imported_or_opened(
    GOOD: str, install: Install, tmp_path: Path
) -> None:
    install("loud", GOOD)
    install("quiet", GOOD)
    code = (
        "import sys\nseen = []\n"
        "sys.addaudithook(lambda event, arguments: seen.append(f'{event} {arguments}'))\n"
        "from nlpkit.cli.main import outcome\nassert outcome(['components']) == 0\n"
        "print([each for each in seen if 'good_' in each], file=sys.stderr)\n"
    )
    for value, some in (("all", False), ("*", False), ("quiet", True)):
        ran = process(tmp_path, "-c", code, NLPKIT_DISABLE_PLUGINS=value)
        assert ran.returncode == 0, ran.stderr
        assert ("good_loud" in ran.stderr, "good_quiet" in ran.stderr) == (some, False)
        assert ("shout" in ran.stdout) == some


def test_authors_get_an_error_for_a_broken_plugin(
    BROKEN: dict[str, str], install: Install, tmp_path: Path
) -> None:
    install("half_way", BROKEN["half_way"], module="broken_half_way")
    assert command(tmp_path, "components", NLPKIT_STRICT_PLUGINS="no").returncode == 0
    for verb, value in (("components", "1"), ("plugins", "true")):
        ran = command(tmp_path, verb, NLPKIT_STRICT_PLUGINS=value)
        assert (ran.returncode, ran.stdout) == (4, "")
        assert ran.stderr.startswith(f"error: {tmp_path / 'broken_half_way.py'}:23: the plugin half_way of ")


def test_completion_offers_components_of_plugins_and_nothing_else_is_on_stdout(
    BROKEN: dict[str, str], GOOD: str, install: Install, tmp_path: Path
) -> None:
    install("prints", NOISY["prints"] + GOOD)
    install("half_way", BROKEN["half_way"], module="broken_half_way")
    asked = {
        "_NLPKIT_COMPLETE": "bash_complete",
        "COMP_WORDS": "nlpkit components tokenizer ",
        "COMP_CWORD": "3",
    }
    ran = command(tmp_path, **asked)
    assert ran.returncode == 0, ran.stderr
    names = [
        "basic_english",
        "character",
        "ngrams",
        "regex",
        "shout",
        "unicode",
        "whitespace",
        "word_char_ngrams",
    ]
    assert ran.stdout.splitlines() == [f"plain,{name}" for name in names]
    assert "Traceback" not in ran.stderr
    assert "is broken" not in ran.stderr
    refused = command(tmp_path, **asked, NLPKIT_STRICT_PLUGINS="1")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["plugins", "--help"]])
def test_help_imports_no_plugin(GOOD: str, install: Install, tmp_path: Path, arguments: list[str]) -> None:
    install("loud", "from pathlib import Path\nPath('was_here').touch()\n" + GOOD)
    assert command(tmp_path, *arguments).returncode == 0
    assert not (tmp_path / "was_here").exists()
