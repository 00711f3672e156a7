"""What a run found, for a person: a text and a page."""

__all__ = ["page", "text"]
