"""A run: reading, training, scoring and writing, and everyone who watches it."""

__all__ = [
    "ambient",
    "checkpoints",
    "events",
    "folder",
    "listing",
    "manifest",
    "observer",
    "progress",
    "result",
    "resume",
    "run",
    "tracking",
]
