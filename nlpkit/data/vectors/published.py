"""Word vectors that are known by a name, and where each of them is published.

Pennington et al., 2014, "GloVe"; Mikolov et al., 2018, and Grave et al., 2018, for fastText.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Final

_STANFORD: Final = "https://nlp.stanford.edu/data"
_FASTTEXT: Final = "https://dl.fbaipublicfiles.com/fasttext"


@dataclass(frozen=True)
class Published:
    """A file of vectors of `width` numbers: at `url` itself, or in the zip file there.

    `sha256` and `size` are those of what is downloaded, as far as they are known; zip and gzip files have
    checksums of their own.
    """

    name: str
    file: str
    width: int
    url: str
    sha256: str = ""
    size: int = 0

    @property
    def download(self) -> str:
        """The name of what is downloaded."""
        return self.url.rsplit("/", 1)[-1]

    @property
    def zipped(self) -> bool:
        return self.download.endswith(".zip")


def _glove(archive: str, widths: tuple[int, ...], sha256: str, size: int) -> list[Published]:
    url = f"{_STANFORD}/{archive}.zip"
    names = [archive if archive.endswith("d") else f"{archive}.{width}d" for width in widths]
    return [
        Published(name, f"{name}.txt", width, url, sha256, size)
        for name, width in zip(names, widths, strict=True)
    ]


def _english(name: str, size: int = 0) -> Published:
    return Published(name, f"{name}.vec", 300, f"{_FASTTEXT}/vectors-english/{name}.vec.zip", size=size)


def _crawled(language: str) -> Published:
    file = f"cc.{language}.300.vec.gz"
    return Published(f"cc.{language}.300", file, 300, f"{_FASTTEXT}/vectors-crawl/{file}")


_LANGUAGES: Final = """
    af als am an ar arz as ast az azb ba bar bcl be bg bh bn bo bpy br bs ca ce ceb ckb co cs cv cy da
    de diq dv  el eml en eo es et eu fa fi fr frr fy ga gd gl gom gu gv he hi hif hr hsb ht hu hy ia id
    ilo io is it ja jv  ka kk km kn ko ku ky la lb li lmo lt lv mai mg mhr min mk ml mn mr mrj ms mt mwl
    my myv mzn nah nap nds ne  new nl nn no nso oc or os pa pam pfl pl pms pnb ps pt qu rm ro ru sa sah
    sc scn sco sd sh si sk sl so sq sr  su sv sw ta te tg th tk tl tr tt ug uk ur uz vec vi vls vo wa
    war xmf yi yo zea zh
"""

_ALL: Final = (
    *_glove(
        "glove.6B",
        (50, 100, 200, 300),
        "617afb2fe6cbd085c235baf7a465b96f4112bd7f7ccb2b2cbd649fed9cbcf2fb",
        862_182_613,
    ),
    *_glove(
        "glove.42B.300d",
        (300,),
        "03d5d7fa28e58762ace4b85fb71fe86a345ef0b5ff39f5390c14869da0fc1970",
        1_877_800_501,
    ),
    *_glove(
        "glove.840B.300d",
        (300,),
        "c06db255e65095393609f19a4cfca20bf3a71e20cc53e892aafa490347e3849f",
        2_176_768_927,
    ),
    *_glove(
        "glove.twitter.27B",
        (25, 50, 100, 200),
        "792af52f795d1a32c9842a3240f5f3fe5e941a8ff6df5eb0f9d668092ebc019c",
        1_520_408_563,
    ),
    _english("wiki-news-300d-1M", 681_808_098),
    _english("wiki-news-300d-1M-subword"),
    _english("crawl-300d-2M", 1_523_785_255),
    *map(_crawled, _LANGUAGES.split()),
)
PUBLISHED: Final = {each.name: each for each in _ALL}
IN_SHORT: Final = (
    "glove.6B.50d (100d, 200d, 300d), glove.twitter.27B.25d (50d, 100d, 200d), glove.42B.300d, "
    "glove.840B.300d, wiki-news-300d-1M, "
    "wiki-news-300d-1M-subword, crawl-300d-2M, cc.en.300 (de, fr, zh, ...)"
)
_ENDINGS: Final = (".gz", ".bz2", ".xz", ".zip", ".txt", ".vec", ".bin")


def nearest(name: str) -> str:
    """The known name that a name or a file's is most like; empty where it is like none.

    >>> nearest("golve.6b.50d.txt")
    'glove.6B.50d'
    """
    folded = {known.lower(): known for known in PUBLISHED}
    near = difflib.get_close_matches(without_endings(name).lower(), folded, n=1, cutoff=0.8)
    return folded[near[0]] if near else ""


def without_endings(name: str) -> str:
    """A name without those that files of vectors have."""
    for ending in _ENDINGS:
        name = name.removesuffix(ending)
    return name
