"""What a person should know of texts and labels before a score of them is believed."""

__all__ = ["audit", "near", "oddities"]
