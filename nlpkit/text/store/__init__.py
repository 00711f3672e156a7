"""The store of token ids that runs leave for later runs."""

__all__ = ["entry", "folder", "indexed", "key"]
