"""A run: reading, training, scoring and writing, and everyone who watches it."""

__all__ = ["ambient", "events", "folder", "manifest", "observer", "progress", "result", "run", "tracking"]
