from __future__ import annotations

import json
import sys
import tomllib
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from nlpkit.cli.main import outcome
from nlpkit.errors import ConfigError, MissingError
from nlpkit.experiment.file import experiment_of, load_experiment
from nlpkit.plugins.catalogue import Plugin, Plugins
from nlpkit.plugins.finding import FoundPlugin
from nlpkit.plugins.first_party import COMPONENTS
from nlpkit.plugins.loading import load

FOLDER = Path(__file__).resolve().parents[2] / "plugins"
ALONE = load([])
CLONE = "or in a clone of nlpkit: pip install ./plugins"


@pytest.fixture
def first_party(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[FoundPlugin]]:
    """The plugins of this repository, as an installer would show them."""
    before, found = set(sys.modules), []
    for path in sorted(FOLDER.glob("*/pyproject.toml")):
        monkeypatch.syspath_prepend(path.parent)
        project = tomllib.loads(path.read_text(encoding="utf-8"))["project"]
        if "nlpkit" not in project["entry-points"]:  # a command alone
            continue
        [(name, module)] = project["entry-points"]["nlpkit"].items()
        point = EntryPoint(name, module, "nlpkit")
        found.append(FoundPlugin(name, project["name"], project["version"], point))
    yield found
    for module in set(sys.modules) - before:
        if module.startswith("nlpkit_"):
            del sys.modules[module]


def test_the_table_has_what_the_plugins_register(first_party: list[FoundPlugin]) -> None:
    plugins = load(first_party)
    assert plugins.broken == ()
    assert {each.distribution: set(each.components) for each in plugins.loaded} == {
        plugin: set(components) for plugin, components in COMPONENTS.items()
    }


def refusal(table: dict[str, Any], plugins: Plugins = ALONE) -> tuple[int, str]:
    with pytest.raises((ConfigError, MissingError)) as caught:
        experiment_of({"data": "headlines", "encoder": "gru", **table}, plugins, location="a.toml")
    return caught.value.exit_code, str(caught.value)


def test_a_component_of_a_plugin_that_is_not_installed_is_told_with_the_command_that_installs_it() -> None:
    assert refusal({"encoder": {"type": "char-cnn", "no_such_setting": 1}}) == (
        4,
        "a.toml: encoder 'char-cnn' needs the plugin nlpkit-cnn, which is not installed\n"
        f"  install it with: pip install nlpkit-cnn, {CLONE}/nlpkit-cnn",
    )


def test_several_are_told_together() -> None:
    code, said = refusal({"encoder": "transformer", "track": ["mlflow"]})
    assert code == 4
    assert said.startswith(
        "a.toml: 2 components need plugins that are not here\n  encoder.type: encoder 'transformer' "
    )
    assert (
        "\n  track[0].type: tracker 'mlflow' needs the plugin nlpkit-mlflow, which is not installed (" in said
    )


def test_beside_a_mistake_it_is_one_of_the_problems() -> None:
    code, said = refusal({"encoder": "transformer", "seed": "many"})
    assert code == 2
    assert said.startswith("a.toml: 2 problems with the settings\n")
    assert f"pip install nlpkit-transformer, {CLONE}/nlpkit-transformer" in said


def test_a_component_of_another_kind_is_not_meant() -> None:
    assert refusal({"tokenizer": "cnn"})[0] == 2


def test_a_plugin_that_is_here_without_the_component_is_told_with_its_state() -> None:
    plugin = Plugin("cnn", "nlpkit-cnn", "0.0.9", "ImportError: no")
    assert (
        "which is broken: ImportError: no\n  to see why, run: nlpkit plugins"
        in (refusal({"encoder": "cnn"}, Plugins(ALONE.registry, (), (plugin,)))[1])
    )
    assert (
        "which is blocked\n  take it out of NLPKIT_DISABLE_PLUGINS"
        in (refusal({"encoder": "cnn"}, Plugins(ALONE.registry, (), (), (plugin,)))[1])
    )
    assert (
        "version 0.0.9, without 'cnn'\n  install it with: pip install --upgrade nlpkit-cnn"
        in (refusal({"encoder": "cnn"}, Plugins(ALONE.registry, (plugin,), ()))[1])
    )


EXPERIMENT = """
encoder = "lstm"
track = ["diary"]

[data]
type = "headlines"

[tokenizer]
type = "ngrams"
tokenizer = "sudachi"
"""
RECORDED = {
    "encoder": {"name": "cnn", "distribution": "nlpkit-cnn", "version": "0.1.0"},
    "tokenizer.tokenizer": {"name": "sudachi", "distribution": "nlpkit-sudachi", "version": "1.4"},
    "track[0]": {"name": "diary", "distribution": "nlpkit-diary", "version": "2.0"},
}


@pytest.fixture
def run_folder(tmp_path: Path) -> Callable[..., Path]:
    def written(text: str, manifest: object) -> Path:
        (tmp_path / "experiment.toml").write_text(text, encoding="utf-8")
        (tmp_path / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        return tmp_path / "experiment.toml"

    return written


def test_the_experiment_of_a_run_knows_whose_its_components_were(run_folder: Callable[..., Path]) -> None:
    path = run_folder(EXPERIMENT, {"components": RECORDED})
    with pytest.raises(MissingError) as caught:
        load_experiment(path, plugins=ALONE)
    assert str(caught.value) == (
        f"{path}: the run needs the plugin nlpkit-sudachi, which is not installed\n"
        "  the name is what its manifest says: find out whose package it is, and if you trust it, "
        "install it with: pip install nlpkit-sudachi==1.4"
    )
    with pytest.raises(MissingError, match=r"plugin nlpkit-diary, .*\n.*pip install nlpkit-diary==2.0$"):
        load_experiment(path, ["tokenizer=whitespace"], ALONE)
    assert load_experiment(path, ["tokenizer=whitespace", "track=[]"], ALONE).track == ()
    path = run_folder(EXPERIMENT.replace("lstm", "cnn"), {"components": RECORDED})
    with pytest.raises(MissingError, match=f"pip install nlpkit-cnn==0.1.0, {CLONE}/nlpkit-cnn$"):
        load_experiment(path, plugins=ALONE)


@pytest.mark.parametrize(
    "manifest",
    [
        None,
        7,
        {},
        {"components": ["tokenizer"]},
        {"components": {"tokenizer.tokenizer": "sudachi"}},
        {"components": {"tokenizer[9].x": RECORDED["track[0]"]}},
        {"components": {"tokenizer.tokenizer": {"name": "sudachi", "distribution": "x; rm", "version": "1"}}},
    ],
)
def test_a_manifest_of_another_shape_changes_nothing(
    manifest: object, run_folder: Callable[..., Path]
) -> None:
    with pytest.raises(ConfigError, match="tokenizer 'sudachi' is not known"):
        load_experiment(run_folder(EXPERIMENT, manifest), plugins=ALONE)


@pytest.mark.parametrize(
    "arguments", [["check", "a.toml"], ["run", "a.toml"], ["components", "encoder", "transformer"]]
)
def test_every_verb_leaves_with_4(
    arguments: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("nlpkit.plugins.loading.installed_plugins", lambda: ALONE)
    monkeypatch.setattr("nlpkit.plugins.loading._told", lambda: ALONE)
    Path("a.toml").write_text('encoder = "transformer"\ndata = "headlines"\n', encoding="utf-8")
    assert outcome(arguments) == 4
    assert (
        "encoder 'transformer' needs the plugin nlpkit-transformer, which is not installed"
        in capsys.readouterr().err
    )
