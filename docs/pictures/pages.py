"""Photographs the pages of the docs: `.venv-browser/bin/python docs/pictures/pages.py` trains two classifiers on
invented headlines and writes a PNG file for each picture. It needs what `make test-browser` installs.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nlpkit import (
    BasicEnglish,
    Embedding,
    EmbeddingMean,
    Experiment,
    Headlines,
    Lstm,
    Offsetify,
    PadLength,
    Standard,
    compare,
    run,
)
from nlpkit.report.page import compared_html

if TYPE_CHECKING:
    from PIL import Image
    from playwright.sync_api import Browser

HERE = Path(__file__).resolve().parent
DATA = Headlines(train_size=1500, valid_size=300, test_size=400)
ORDER = Experiment(
    data=DATA,
    tokenizer=BasicEnglish(),
    collator=PadLength(),
    encoder=Lstm(hidden_size=16, embedding=Embedding(size=16)),
    trainer=Standard(epochs=6, learning_rate=5e-3),
)
BAG = replace(ORDER, encoder=EmbeddingMean(embedding=Embedding(size=16)), collator=Offsetify())
COLOURS = 96


@dataclass(frozen=True)
class Picture:
    """A page, photographed from `top` on, in pixels of the page."""

    name: str
    page: Literal["order", "compared"]
    width: int
    height: int
    anchor: str = ""
    dark: bool = False


PICTURES = (
    Picture("report", "order", 1200, 1060),
    Picture("report-texts", "order", 1200, 780, "mistakes", dark=True),
    Picture("report-phone", "order", 390, 844),
    Picture("compared", "compared", 1200, 760),
)


def pages(folder: Path) -> dict[str, Path]:
    """Two runs, and how they compare."""
    for name, experiment in (("order", ORDER), ("bag", BAG)):
        run(experiment, folder / name)
    compared = folder / "compared.html"
    compared.write_text(compared_html(compare([folder / "order", folder / "bag"]).table()), encoding="utf-8")
    return {"order": folder / "order" / "report.html", "compared": compared}


def photographed(browser: Browser, path: Path, picture: Picture) -> Image.Image:
    from PIL import Image

    size = {"width": picture.width, "height": picture.height}
    page = browser.new_page(
        viewport=size, color_scheme="dark" if picture.dark else "light", device_scale_factor=1.5
    )
    page.goto(f"{path.as_uri()}#{picture.anchor}")
    return Image.open(io.BytesIO(page.screenshot()))


def main() -> None:
    from PIL import Image
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as started:
        written = pages(Path(folder))
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for picture in PICTURES:
            found = photographed(browser, written[picture.page], picture)
            few = found.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
            few.save(HERE / f"{picture.name}.png", optimize=True)


if __name__ == "__main__":
    main()
