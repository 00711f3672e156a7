from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from nlpkit import EmbeddingMean, Experiment, Headlines, Linear, Member, Offsetify, Standard, Tfidf, load, run
from nlpkit.errors import DataError
from nlpkit.experiment.plan import linear
from nlpkit.models.pool import Pool
from nlpkit.runs.observer import Observer
from nlpkit.system.sealed import seal_bytes

MEMBERS = (
    Member(encoder=EmbeddingMean(), collator=Offsetify(), trainer=Standard(epochs=1)),
    Member(encoder=Tfidf(), collator=Offsetify(), trainer=Linear()),
)


@pytest.fixture(scope="module")
def pool() -> Pool:
    data = Headlines(train_size=80, valid_size=40, test_size=20)
    model = run(Experiment(data=data, members=MEMBERS), observer=Observer()).model
    assert isinstance(model, Pool)
    return model


@pytest.fixture
def folder(pool: Pool, tmp_path: Path) -> Path:
    (tmp_path / "model").mkdir()
    pool.write(tmp_path / "model")
    return tmp_path


def forged(folder: Path, **changes: object) -> str:
    """What is said of a pool whose seal says something else, and is true."""
    seal = folder / "model" / "bundle.json"
    seal.write_bytes(seal_bytes({**json.loads(seal.read_bytes()), **changes}))
    with pytest.raises(DataError) as caught:
        load(folder)
    return str(caught.value)


def test_a_pool_has_a_folder_for_each_member(folder: Path) -> None:
    assert sorted(path.name for path in (folder / "model").iterdir()) == [
        "bundle.json",
        "embedding_mean",
        "tfidf",
    ]
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".json", ".toml", ".safetensors"}


def test_a_member_of_another_model_is_refused(folder: Path) -> None:
    other = folder / "model" / "tfidf" / "bundle.json"
    other.write_bytes(seal_bytes({**json.loads(other.read_bytes()), "nlpkit": "9.9"}))
    with pytest.raises(DataError, match=r"tfidf/bundle\.json.*\n?.*damaged|damaged"):
        load(folder)


def test_a_member_that_is_missing_is_refused(folder: Path) -> None:
    (folder / "model" / "tfidf" / "bundle.json").unlink()
    with pytest.raises(DataError) as caught:
        load(folder)
    assert "bundle.json: a part of the model cannot be read: there is no such file" in str(caught.value)


@pytest.mark.parametrize(
    "name", ["../tfidf", "tfidf/../tfidf", "", ".", "a b", "/etc", 7, None, "x" * 200, "tfidf\n"]
)
def test_a_member_whose_name_is_no_folder_of_the_model_is_refused(folder: Path, name: object) -> None:
    assert "the name of a member is none" in forged(folder, members=[{"name": name, "weight": 1.0}])


@pytest.mark.parametrize("weight", [0.0, -1.0, 1, True, "1", None])
def test_a_weight_that_is_no_number_above_0_is_refused(folder: Path, weight: object) -> None:
    said = forged(folder, members=[{"name": "tfidf", "weight": weight}])
    assert "the weight of a member is not a number above 0" in said


@pytest.mark.parametrize("members", [[], {}, "tfidf", None, [{}], ["tfidf"], [None]])
def test_what_is_no_list_of_members_is_refused(folder: Path, members: object) -> None:
    assert "the parts of this model do not fit together" in forged(folder, members=members)


def test_one_name_for_two_members_is_refused(folder: Path) -> None:
    each = {"name": "tfidf", "weight": 1.0}
    assert "two members have one name" in forged(folder, members=[each, each])


def test_members_of_different_classes_are_refused(pool: Pool, tmp_path: Path) -> None:
    from nlpkit import Labels

    (tmp_path / "model").mkdir()
    other = replace(pool.members[1], labels=Labels([f"no {name}" for name in pool.labels.names]))
    replace(pool, members=(pool.members[0], other)).write(tmp_path / "model")
    with pytest.raises(DataError, match="the members of this model know different classes"):
        load(tmp_path)


def test_loading_a_pool_does_not_load_the_compiler_of_torch(tmp_path: Path) -> None:
    experiment = Experiment(data=Headlines(train_size=80, valid_size=40, test_size=20))
    folder = run(replace(experiment, members=(linear(), MEMBERS[0])), tmp_path / "run", Observer()).folder
    load_it = f"import sys, nlpkit; nlpkit.load({str(folder)!r}).predict(['a'])"
    code = f"{load_it}; print('torch._dynamo' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code], text=True) == "False\n"
