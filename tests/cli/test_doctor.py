from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from configparser import ConfigParser
from pathlib import Path
from typing import Any

import pytest

from nlpkit import __version__


def test_the_versions_and_the_machine_are_told(nlpkit: Callable[..., Any]) -> None:
    code, out, err = nlpkit("doctor")
    assert (code, err) == (0, "")
    assert out.startswith(f"nlpkit         {__version__}\n")
    facts = json.loads(nlpkit("doctor", "--json").out)["facts"]
    assert facts["network"] == "forbidden (NLPKIT_OFFLINE)"
    assert {"python", "torch", "device", "cores"} <= facts.keys()


@pytest.mark.parametrize(("value", "told"), [("yes", "forbidden (NLPKIT_OFFLINE)"), ("0", "when asked for")])
def test_whether_the_network_is_forbidden_is_told_as_downloads_see_it(
    value: str, told: str, nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NLPKIT_OFFLINE", value)
    monkeypatch.setenv("NLPKIT_DATA_DIR", "")
    facts = json.loads(nlpkit("doctor", "--json").out)["facts"]
    assert (facts["network"], facts["data folder"]) == (told, "not set (NLPKIT_DATA_DIR)")


def test_a_package_that_is_missing_is_a_problem_and_no_crash(
    nlpkit: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from nlpkit.cli import doctor

    monkeypatch.setattr(doctor, "PACKAGES", ("torch", "no-such-package"))
    monkeypatch.setitem(sys.modules, "torch", None)
    code, out, _ = nlpkit("doctor")
    assert code == 0
    assert "torch cannot be imported" in out
    assert "problem: no-such-package is not installed\n" in out


def test_every_package_that_nlpkit_needs_is_told() -> None:
    from nlpkit.cli.doctor import PACKAGES

    config = ConfigParser()
    config.read(Path(__file__).resolve().parents[2] / "setup.cfg", encoding="utf-8")
    needed = config["options"]["install_requires"].split()
    assert sorted(PACKAGES) == sorted(re.split(r"[^\w.-]", each)[0] for each in needed)
