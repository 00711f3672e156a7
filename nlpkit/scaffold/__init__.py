"""A new plugin as files, to be changed into your own."""

__all__ = ["files", "names"]
