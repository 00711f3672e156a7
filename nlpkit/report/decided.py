"""What was chosen on the validation texts for the labels, in a few lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from nlpkit.report.numbers import score_text
from nlpkit.system.terminal import counted, short_names

_NAME_CHARS: Final = 20
_MOST_CLASSES: Final = 20


def decision_lines(found: Mapping[str, Any]) -> list[str]:
    """Lines for the terminal, from what `scores.json` has as `decision`."""
    asked = found["asked"] if isinstance(found["asked"], str) else f"{found['asked']:g}"
    sure = f" with confidence {found['confidence']:g}" if "confidence" in found else ""
    rows = [(part, found[part]) for part in ("validation", "test") if found.get(part, {}).get("texts")]
    return [
        f"labels for {found['kind']} = {asked}{sure}, chosen on the validation texts",
        *(f"  {part:<10}  {_part(found['kind'], each)}" for part, each in rows),
        *_by_class(found),
    ]


def _part(kind: str, found: Mapping[str, Any]) -> str:
    if kind == "thresholds":
        likeliest = score_text(found["likeliest"])
        return f"{score_text(found['score'], found['interval'])}, and {likeliest} by the likeliest class"
    if kind == "coverage":
        size = f"{found['set_size']:.2f} labels a set, {found['single']:.1%} of one"
        return f"{score_text(found['coverage'], found['interval'])}, {size}"
    share = f"{found['answered']:.1%} of {counted(found['texts'], 'text')} get a label"
    return f"{share}, accuracy {score_text(found['accuracy'], found['interval'])}"


def _by_class(found: Mapping[str, Any]) -> Iterator[str]:
    """The precision of each class, or its threshold."""
    limits = found.get("thresholds", {})
    if not limits or len(limits) > _MOST_CLASSES:
        return
    names = short_names(list(limits), _NAME_CHARS)
    width = max(map(len, names))
    test = found.get("test", {})
    for name, (key, limit) in zip(names, limits.items(), strict=True):
        given = "never" if limit is None else f"from {limit:.4f}"
        if found["kind"] == "thresholds":
            yield f"  {name:<{width}}  threshold {limit:.4f}"
        elif not test.get("given", {}).get(key):
            yield f"  {name:<{width}}  {given}"
        else:
            score, texts = score_text(test["precision"][key], test["intervals"][key]), test["given"][key]
            yield f"  {name:<{width}}  {given}  test {score} of {counted(texts, 'text')}"
