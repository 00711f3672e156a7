"""What `nlpkit check` says of these components, without the network and without a row of data."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from nlpkit import Component
from nlpkit_hf import HfDataset, Pretrained, Subwords, TokenizerJson

REVISION = "0123456789abcdef0123456789abcdef01234567"
NAMED = [HfDataset(name="some/news", revision=REVISION), Pretrained(name="some/model", revision=REVISION)]


@pytest.fixture(autouse=True)
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder of the hub's cache."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.delenv("NLPKIT_OFFLINE", raising=False)
    return tmp_path / "hub"


@pytest.fixture(autouse=True)
def libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    for library in ("datasets", "transformers"):
        pytest.importorskip(library, reason=f"the extra {library} is not installed")


def problems(component: Component) -> list[str]:
    return list(map(str, component.problems_here()))


def test_a_folder_that_is_not_here_is_told(tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    assert problems(HfDataset(gone)) == [f"{gone}: there is no such file\n  give the folder of a dataset"]
    assert problems(Pretrained(gone)) == [f"{gone}: there is no such file\n  give the folder of a model"]


def test_a_file_in_place_of_a_folder_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("text", encoding="utf-8")
    assert problems(HfDataset(file)) == [
        f"{file}: this is a file, not a folder\n  give the folder of a dataset"
    ]


def test_a_script_and_an_address_in_the_folder_are_told_without_a_row(tmp_path: Path) -> None:
    (tmp_path / "made.py").write_text("raise SystemExit", encoding="utf-8")
    (tmp_path / "README.md").write_text("---\nconfigs:\n- data_files: https://example.org/a.csv\n---\n")
    script, address = problems(HfDataset(tmp_path))
    assert "the dataset is made by a script, made.py, and scripts are never run" in script
    assert "its data_files are somewhere on the network" in address
    (tmp_path / "train.csv").write_bytes(b"")
    assert len(problems(HfDataset(tmp_path))) == 1


def test_all_files_that_a_model_lacks_are_told(model_folder: Callable[[str], Path], tmp_path: Path) -> None:
    folder = shutil.copytree(model_folder("bert"), tmp_path / "bert")
    assert problems(Pretrained(folder)) == []
    names = ("config.json", "tokenizer.json", "model.safetensors")
    for name in names:
        (folder / name).unlink()
    assert [problem.split("\n")[0] for problem in problems(Pretrained(folder))] == [
        f"{folder}: this folder has no {name}"
        for name in ("config.json", "tokenizer.json", "model.safetensors")
    ]


def test_a_model_of_its_own_needs_no_folder() -> None:
    assert problems(Pretrained(architecture="{}")) == []


@pytest.mark.parametrize("component", NAMED)
def test_what_may_still_be_downloaded_is_no_problem(component: Component) -> None:
    assert problems(component) == []


@pytest.mark.parametrize("component", NAMED)
@pytest.mark.parametrize("variable", ["NLPKIT_OFFLINE", "HF_HUB_OFFLINE"])
def test_what_must_not_be_downloaded_has_to_be_in_the_cache(
    component: Component, variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    if variable == "NLPKIT_OFFLINE":
        monkeypatch.setenv(variable, "1")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", variable == "HF_HUB_OFFLINE")
    [problem] = problems(component)
    assert "is not in the hub's cache, and could not be downloaded" in problem


def test_what_a_model_in_the_cache_lacks_is_told(hub: Path, model_folder: Callable[[str], Path]) -> None:
    cached = hub / "models--some--model" / "snapshots" / REVISION
    shutil.copytree(model_folder("bert"), cached)
    assert problems(NAMED[1]) == []
    (cached / "config.json").unlink()
    assert problems(NAMED[1])[0].startswith(f"{cached}: this folder has no config.json")


def test_what_can_be_no_name_of_a_repository_is_told() -> None:
    [problem] = problems(HfDataset(name="a/b/c/d", revision=REVISION))
    assert problem.startswith("'a/b/c/d' is not the name of a repository")


@pytest.mark.parametrize(
    ("component", "library"),
    [(HfDataset(Path()), "datasets"), (Pretrained(architecture="{}"), "transformers")],
)
def test_a_missing_extra_is_told_with_the_command_that_installs_it(
    component: Component, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    assert problems(component) == [
        f"{library} is needed here and cannot be imported: it is not installed\n"
        f"  install it with: pip install 'nlpkit-hf[{library}]'"
    ]


def test_a_tokenizer_json_that_is_not_here_is_told(tmp_path: Path) -> None:
    file = tmp_path / "tokenizer.json"
    assert problems(TokenizerJson(file)) == [
        f"{file}: there is no such file\n  give the path of a tokenizer.json"
    ]
    assert problems(TokenizerJson(content="{}")) == problems(Subwords()) == []
