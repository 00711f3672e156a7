"""Draws the pictures of the docs: `python docs/pictures/draw.py` writes an SVG file for each.

All text is white in filled boxes and all lines are mid-grey: a picture reads on light and on dark pages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path

HERE = Path(__file__).resolve().parent
FONT = 'font-family="system-ui, sans-serif" font-size="14"'
INK = {"blue": "#1e4f8a", "green": "#1f6144", "brown": "#7a4a12", "grey": "#4a4f57"}
LINE = "#8a8f98"


def svg(width: int, height: int, title: str, parts: list[str]) -> str:
    size = f'viewBox="0 0 {width} {height}" width="{width}"'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {FONT} role="img">'
    tip = f'<path d="M0 0 8 4 0 8z" fill="{LINE}"/>'
    place = 'markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto"'
    marker = f'<defs><marker id="tip" {place}>{tip}</marker></defs>'
    return "\n".join([head, f"<title>{escape(title)}</title>", marker, *parts, "</svg>"]) + "\n"


def box(x: int, y: int, width: int, height: int, ink: str, *lines: str) -> str:
    """A filled box with lines of white text in its middle; the first is bold."""
    shape = f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="{INK[ink]}"/>'
    top = y + height / 2 - 9 * (len(lines) - 1) + 5
    words = (
        f'<text x="{x + width / 2:g}" y="{top + 18 * i:g}" fill="#fff" text-anchor="middle"'
        f' font-weight="{400 if i else 600}">{escape(line)}</text>'
        for i, line in enumerate(lines)
    )
    return "".join([shape, *words])


def arrow(*points: tuple[int, int]) -> str:
    way = " ".join(f"{x},{y}" for x, y in points)
    return f'<polyline points="{way}" fill="none" stroke="{LINE}" stroke-width="2" marker-end="url(#tip)"/>'


def row(x: int, y: int, ink: str, cells: list[str]) -> Iterator[str]:
    for i, cell in enumerate(cells):
        yield box(x + 42 * i, y, 38, 30, "grey" if cell == "0" and ink == "blue" else ink, cell)


def flow() -> str:
    """What each step of a run takes and gives."""
    values = [
        ("file", "CSV, JSON Lines, ...", "or columns in memory"),
        ("Texts", "a text and a label", "for each row"),
        ("Ragged", "values int32 (N,)", "offsets int64 (B + 1,)"),
        ("Batch", "ids int64", "(B, T) or (N,)"),
        ("vectors", "float32", "(B, output_dim)"),
        ("logits", "float32 (B, C)"),
        ("probabilities", "float64 (B, C)"),
        ("scores", "a number for", "each metric"),
    ]
    steps = ["dataset", "tokenizer, vocab", "collator", "encoder", "head", "decision", "metrics"]
    parts = []
    for i, value in enumerate(values):
        x, y = (20 + 240 * i, 20) if i < 4 else (20 + 240 * (7 - i), 200)
        parts.append(box(x, y, 170, 76, "blue", *value))
    for i, step in enumerate(steps):
        if i == 3:
            parts += [arrow((825, 96), (825, 196)), box(760, 146, 130, 28, "green", step)]
            continue
        y = 58 if i < 3 else 238
        start, end = (190 + 240 * i, 256 + 240 * i) if i < 3 else (740 - 240 * (i - 4), 674 - 240 * (i - 4))
        parts.append(arrow((start, y), (end, y)))
        middle = (start + end) // 2
        parts.append(box(middle - 70, y + 44, 140, 28, "green", step))
    return svg(930, 320, "From a file to scores: what each part takes and gives", parts)


def layouts() -> str:
    """Three texts of three, one and two tokens, in the three layouts."""
    parts = [box(20, 16, 248, 30, "green", "FlatBatch"), box(350, 16, 122, 30, "green", "PaddedBatch")]
    parts.append(box(560, 16, 264, 30, "green", "LengthBatch"))
    parts += [box(20, 60, 248, 26, "grey", "ids (N,)"), *row(20, 92, "blue", ["7", "4", "9", "5", "8", "6"])]
    parts += [box(20, 140, 122, 26, "grey", "offsets (B,)"), *row(20, 172, "brown", ["0", "3", "4"])]
    for x in (350, 560):
        parts.append(box(x, 60, 122, 26, "grey", "ids (B, T)"))
        for i, ids in enumerate((["7", "4", "9"], ["5", "0", "0"], ["8", "6", "0"])):
            parts += row(x, 92 + 36 * i, "blue", ids)
    parts.append(box(720, 60, 104, 26, "grey", "lengths (B,)"))
    parts += [part for i, n in enumerate("312") for part in row(752, 92 + 36 * i, "brown", [n])]
    return svg(850, 216, "Three texts as a FlatBatch, a PaddedBatch and a LengthBatch", parts)


def plugin() -> str:
    """What a plugin is made of, and who reads which part."""
    parts = [
        box(20, 20, 250, 62, "brown", "pyproject.toml", "entry point of the group nlpkit"),
        box(20, 130, 250, 62, "blue", "nlpkit_register(registry)", 'registry.add("peaks", Peaks)'),
        box(20, 240, 250, 80, "blue", "Peaks(Encoder)", "a frozen dataclass:", "fields, docs, rules, build"),
        box(20, 368, 250, 62, "blue", "PeaksEncoder(nn.Module)", "the only file that imports torch"),
        box(380, 20, 280, 62, "green", "nlpkit plugins", "finds it, tries it, lists it"),
        box(380, 130, 280, 62, "green", 'type = "peaks"', "in [encoder] of an experiment file"),
        box(
            380,
            240,
            280,
            80,
            "green",
            "nlpkit components encoder peaks",
            "names, types, defaults, docs",
            "nlpkit check",
        ),
        box(380, 368, 280, 62, "green", "nlpkit run", "trains it, saves it, loads it"),
    ]
    parts += [arrow((145, y), (145, end)) for y, end in ((82, 128), (192, 238), (320, 366))]
    parts += [arrow((270, y), (378, y)) for y in (51, 161, 280, 399)]
    return svg(680, 450, "The parts of a plugin, and what each is for", parts)


PICTURES: dict[str, Callable[[], str]] = {"flow": flow, "layouts": layouts, "plugin": plugin}

if __name__ == "__main__":
    for name, draw in PICTURES.items():
        (HERE / f"{name}.svg").write_text(draw(), encoding="utf-8")
