"""What a plugin and its parts are called."""

from __future__ import annotations

import builtins
import keyword
import re
from dataclasses import dataclass

import nlpkit
from nlpkit.errors import ConfigError

MAX_CHARS = 30
PREFIX = "nlpkit_"
# what the files of a new plugin import or define beside the public names of nlpkit
IMPORTED = {
    *(
        "Callable",
        "Check",
        "Classifier",
        "Component",
        "EpochReport",
        "F",
        "Lines",
        "Path",
        "Rows",
        "Tensor",
        "TokenEmbedding",
    ),
    *("Any", "Sequence", "SignSteps"),
    *("Pass", "Passed", "StepFunction", "Train", "TrainerState", "Training", "TrainingProgress"),
}


@dataclass(frozen=True)
class Names:
    """The names of a plugin's distribution, package, component and class.

    >>> names = Names.of("my_shout")  # or nlpkit-my-shout
    >>> names.distribution, names.package, names.component, names.class_name
    ('nlpkit-my-shout', 'nlpkit_my_shout', 'my_shout', 'MyShout')
    """

    distribution: str
    package: str
    component: str
    class_name: str

    @classmethod
    def of(cls, given: str) -> Names:
        """All of them from one; ConfigError where it cannot be a name."""
        stem = given.replace("-", "_").removeprefix(PREFIX)
        if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", stem) or stem == "nlpkit":
            raise ConfigError(
                f"{given!r} is not a name for a plugin",
                hint="give lower-case letters and digits, with - or _ between them, such as nlpkit-shout",
            )
        if len(stem) > MAX_CHARS:
            raise ConfigError(
                f"{given!r} is {len(stem)} characters long",
                hint=f"give a name of {MAX_CHARS} characters at most, not counting nlpkit-",
            )
        class_name = "".join(part.capitalize() for part in stem.split("_"))
        if class_name in taken():
            raise ConfigError(
                f"{given!r} would name its class {class_name}, a name that is already taken",
                hint=f"give another name, such as nlpkit-my-{stem.replace('_', '-')}",
            )
        return cls(f"nlpkit-{stem.replace('_', '-')}", PREFIX + stem, stem, class_name)


def taken() -> set[str]:
    """Names that a class of a plugin would hide from its own code."""
    return {*nlpkit.__all__, *dir(builtins), *keyword.kwlist, *IMPORTED}
