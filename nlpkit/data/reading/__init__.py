"""Bytes of files to columns of texts and labels."""

__all__ = [
    "columns",
    "compressed",
    "decode",
    "fasttext",
    "files",
    "jsonl",
    "labels",
    "layout",
    "lines",
    "magic",
    "notes",
    "packed",
    "readers",
    "table",
]
