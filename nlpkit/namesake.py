"""Another project that is called nlpkit: its distribution writes files of the same names as this one.

It is imported whenever nlpkit is, so it reads the names in one folder and nothing else.
"""

import os
import warnings

from nlpkit.version import DISTRIBUTION

PACKAGE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 (pathlib is not imported yet)
CLASH = (
    f"another distribution, nlpkit, is installed in the same folder as {DISTRIBUTION} ({PACKAGE}): "
    f"run pip uninstall nlpkit {DISTRIBUTION}, and install {DISTRIBUTION} again"
)


def is_here(package: str = PACKAGE) -> bool:
    """Whether a distribution called nlpkit is installed in the same place."""
    try:
        beside = os.listdir(os.path.dirname(package))  # noqa: PTH120, PTH208
    except OSError:  # in an archive, for example
        return False
    named = [name for name in beside if name.startswith("nlpkit-")]
    return any(name.endswith((".dist-info", ".egg-info")) for name in named)


def warn() -> None:
    """Tell whoever imports nlpkit."""
    if is_here():
        warnings.warn(CLASH, RuntimeWarning, stacklevel=3)
