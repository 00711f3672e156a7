"""A run: reading, training, scoring and writing, and everyone who watches it."""

__all__ = [
    "ambient",
    "checkpoints",
    "events",
    "folder",
    "listing",
    "machine",
    "manifest",
    "observer",
    "progress",
    "replay",
    "result",
    "resume",
    "run",
    "tracking",
]
