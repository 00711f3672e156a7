from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import torch

from nlpkit.runs import machine
from nlpkit.runs.machine import Energy, git_state, hardware, peak_memory


def git(folder: Path, *words: str) -> str:
    who = ("-c", "user.name=n", "-c", "user.email=n@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "commit", "-q", "--allow-empty", "-m", "first")
    return tmp_path


def test_the_commit_and_the_branch_of_a_repository_are_read(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    (repository / "a" / "b").mkdir(parents=True)
    assert git_state(repository / "a" / "b") == {"commit": commit, "branch": "main"}
    git(repository, "pack-refs", "--all")
    assert git_state(repository) == {"commit": commit, "branch": "main"}
    git(repository, "worktree", "add", "-q", "-b", "feature/x", "beside")
    assert git_state(repository / "beside") == {"commit": commit, "branch": "feature/x"}
    git(repository, "checkout", "-q", "--detach")
    assert git_state(repository) == {"commit": commit}


def test_what_is_no_repository_has_no_state(tmp_path: Path, repository: Path) -> None:
    for content in (b"ref: refs/heads/none\n", b"../../secret", b"\xff\xfe", b""):
        (repository / ".git" / "HEAD").write_bytes(content)
        assert git_state(repository) in ({}, {"branch": "none"})
    (repository / ".git" / "HEAD").unlink()
    assert git_state(repository) == {}


def test_energy_is_what_the_counters_of_all_packages_have_risen_by(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def set_to(package: str, value: int) -> None:
        (tmp_path / package).mkdir(exist_ok=True)
        (tmp_path / package / "energy_uj").write_text(f"{value}\n", encoding="ascii")
        (tmp_path / package / "max_energy_range_uj").write_text("10000000\n", encoding="ascii")

    monkeypatch.setattr(machine, "_COUNTERS", tmp_path)
    assert Energy().joules() is None
    set_to("intel-rapl:0", 1_000_000)
    set_to("intel-rapl:1", 9_000_000)
    set_to("intel-rapl:0:0", 5)  # a part of the first
    energy = Energy()
    set_to("intel-rapl:0", 3_500_000)
    set_to("intel-rapl:1", 500_000)  # it has begun again
    set_to("intel-rapl:0:0", 5_000_000)
    assert energy.joules() == 2.5 + 1.5


def test_the_machine_says_what_it_is() -> None:
    found = hardware(torch.device("cpu"))
    assert found["device"] == "cpu"
    assert found["cores"] >= found["cores_allowed"] >= 1
    assert peak_memory() > 50_000_000  # torch alone
