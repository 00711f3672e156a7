from __future__ import annotations

import pytest

from nlpkit.system.launched import NODES, Launch, how_to_go_on, launched

FOUND = {"RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "MASTER_ADDR": "10.0.0.5"}


def as_launched(monkeypatch: pytest.MonkeyPatch, **changes: str) -> None:
    for name, value in {"TORCHELASTIC_RUN_ID": "a", **FOUND, **changes}.items():
        monkeypatch.setenv(name, value)


def test_which_process_it_is_comes_from_what_torchrun_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    as_launched(monkeypatch)
    assert launched() == Launch(3, 4, 1, "10.0.0.5")


@pytest.mark.parametrize("name", ["TORCHELASTIC_RUN_ID", *FOUND])
def test_without_one_of_them_nobody_has_started_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    as_launched(monkeypatch)
    monkeypatch.delenv(name)
    assert launched() is None


def test_a_number_that_is_none_is_as_if_it_was_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    as_launched(monkeypatch, RANK="many")
    assert launched() is None


@pytest.mark.parametrize(
    ("address", "one"),
    [("localhost", True), ("127.0.0.1", True), ("::1", True), ("10.0.0.5", False), ("node-1", False)],
)
def test_processes_that_meet_on_the_loopback_device_are_on_one_machine(address: str, one: bool) -> None:
    assert Launch(0, 2, 0, address).on_one_machine == one


def test_how_to_go_on_starts_as_many_processes_again(monkeypatch: pytest.MonkeyPatch) -> None:
    assert how_to_go_on("nlpkit resume a") == "nlpkit resume a"
    as_launched(monkeypatch)
    assert how_to_go_on("nlpkit resume a").startswith("the same torchrun command")
    monkeypatch.setenv(NODES, "1x2")
    assert how_to_go_on("nlpkit resume a") == "nlpkit resume a --nodes 1x2"
