"""Bytes of files to columns of texts and labels."""

__all__ = ["compressed", "decode", "files", "layout", "lines", "notes", "packed", "readers"]
