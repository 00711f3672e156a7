"""The version of this package, of what plugins are written for, and the name it is installed by."""

__version__ = "0.1.0"

PLUGIN_API = 1  # another number where a plugin that works has to be changed
DISTRIBUTION = "nlpkit-toolkit"  # nlpkit on the package index is somebody else's project
