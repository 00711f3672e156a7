"""The bytes of files and streams as text, line by line."""

__all__ = [
    "compressed",
    "decode",
    "decoded",
    "files",
    "folder",
    "garbled",
    "lines",
    "magic",
    "remote",
    "shard",
    "stream",
]
