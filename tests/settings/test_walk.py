from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from nlpkit.settings.checks import Settings
from nlpkit.settings.walk import rebuilt, walk, with_settings


@dataclass(frozen=True)
class Inner(Settings):
    file: Path = Path("x")


@dataclass(frozen=True)
class Outer(Settings):
    inner: Inner = field(default_factory=Inner)
    parts: tuple[Inner, ...] = (Inner(Path("y")), Inner(Path("z")))
    nested: tuple[tuple[Path, ...], ...] = ((Path("a"), Path("b")),)
    weights: dict[str, float] = field(default_factory=lambda: {"c": 0.5})


def test_a_walk_comes_to_every_value_with_its_path() -> None:
    made = Outer()
    assert dict(walk(made)) == {
        "": made,
        "inner": Inner(),
        "inner.file": Path("x"),
        "parts": made.parts,
        "parts[0]": made.parts[0],
        "parts[0].file": Path("y"),
        "parts[1]": made.parts[1],
        "parts[1].file": Path("z"),
        "nested": made.nested,
        "nested[0]": made.nested[0],
        "nested[0][0]": Path("a"),
        "nested[0][1]": Path("b"),
        "weights": {"c": 0.5},
        "weights.c": 0.5,
    }
    assert next(walk(made, "encoder")) == ("encoder", made)
    assert "encoder.parts[1].file" in dict(walk(made, "encoder"))


def test_a_walk_stays_out_of_what_it_is_told_to() -> None:
    found = dict(walk(Outer(), into=lambda value: not isinstance(value, tuple)))
    assert [path for path in found if "[" in path] == []
    assert "inner.file" in found


def test_a_class_of_settings_is_a_value_like_any_other() -> None:
    assert list(walk({"cls": Inner})) == [("", {"cls": Inner}), ("cls", Inner)]


def test_settings_are_rebuilt_from_what_becomes_of_their_values() -> None:
    def moved(value: Any) -> Any:
        if isinstance(value, Inner):
            return Inner("in" / value.file)
        return "in" / value if isinstance(value, Path) else value

    assert rebuilt(Outer(), moved) == Outer(
        inner=Inner(Path("in/x")),
        parts=(Inner(Path("in/y")), Inner(Path("in/z"))),
        nested=((Path("in/a"), Path("in/b")),),
    )


def test_each_settings_is_given_anew_and_what_is_inside_it_before_it() -> None:
    @dataclass(frozen=True)
    class Leaf:
        size: int

    @dataclass(frozen=True)
    class Tree:
        leaves: tuple[Leaf, ...]
        leaf: Leaf
        sum: int = 0

    def change(value: Any) -> Any:
        if isinstance(value, Leaf):
            return Leaf(value.size * 2)
        return replace(value, sum=sum(leaf.size for leaf in (*value.leaves, value.leaf)))

    assert with_settings(Tree((Leaf(1), Leaf(2)), Leaf(3)), change) == Tree((Leaf(2), Leaf(4)), Leaf(6), 12)
    tree = Tree((Leaf(1),), Leaf(3))
    assert with_settings(tree, lambda value: value) is tree
