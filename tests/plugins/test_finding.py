from __future__ import annotations

from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from nlpkit.plugins.finding import FoundPlugin, blocked_by, found


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where distributions are found."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def put(site: Path, name: str, entry_points: bytes, metadata: bytes | None = None) -> None:
    folder = site / f"{name.replace('-', '_')}-1.2.dist-info"
    folder.mkdir()
    (folder / "entry_points.txt").write_bytes(entry_points)
    written = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.2\n".encode()
    (folder / "METADATA").write_bytes(written if metadata is None else metadata)


def of(site: Path, *names: str) -> list[FoundPlugin]:
    return [each for each in found() if each.name in names]


def test_plugins_are_found_by_name_with_their_distribution(site: Path) -> None:
    put(site, "nlpkit-two", b"[nlpkit]\nb = module_b\na = module_a:plugin\n[other]\nc = module_c\n")
    a, b = of(site, "a", "b", "c")
    assert (a.name, a.distribution, a.version, a.problem) == ("a", "nlpkit-two", "1.2", "")
    assert [each.point.value for each in (a, b) if each.point] == ["module_a:plugin", "module_b"]


@pytest.mark.parametrize("metadata", [b"", b"\xff\xfe"])
def test_metadata_that_says_nothing_leaves_the_origin_unknown(site: Path, metadata: bytes) -> None:
    put(site, "bare", b"[nlpkit]\nbare = module_bare\n", metadata)
    [bare] = of(site, "bare")
    assert (bare.distribution, bare.version) == ("unknown", "unknown")


@pytest.mark.parametrize("entry_points", [b"[nlpkit]\nno pair\n", b"[nlpkit]\n\xff = x\n"])
def test_entry_points_that_cannot_be_read_are_a_plugin_with_a_problem(
    site: Path, entry_points: bytes
) -> None:
    put(site, "nlpkit-cut", entry_points)
    put(site, "other", b"[other]\nno pair\n")
    put(site, "nlpkit-good", b"[nlpkit]\ngood = module_good\n")
    cut, good = of(site, "nlpkit-cut", "other", "good")[::-1]
    assert (cut.distribution, cut.version, cut.point) == ("nlpkit-cut", "1.2", None)
    assert cut.problem.startswith("its entry_points.txt cannot be read: ")
    assert (good.distribution, good.problem) == ("nlpkit-good", "")


@pytest.mark.parametrize(
    "name",
    ["text-cnn", "text_cnn", "Text.CNN", "nlpkit-my-text", "nlpkit_my_text", "NLPKIT-My.text", "all", "*"],
)
def test_a_plugin_is_blocked_by_its_name_its_distribution_or_all(name: str) -> None:
    plugin = FoundPlugin("text-cnn", "nlpkit-my-text", "1", EntryPoint("text-cnn", "x", "nlpkit"))
    assert blocked_by(plugin, ["other", name]) == {name}
    assert blocked_by(plugin, ["text", "nlpkit", "cnn"]) == set()
