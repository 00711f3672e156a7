"""nlpkit: small, honest, fast text classifiers from parts that fit together.

Every public name is here, and none of them imports torch before it is used.
"""

import lazy_loader

from nlpkit import namesake
from nlpkit.settings import named
from nlpkit.version import PLUGIN_API as PLUGIN_API
from nlpkit.version import __version__ as __version__

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
namesake.warn()
named.look_up_in("nlpkit.plugins.naming")
