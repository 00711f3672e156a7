"""The command line: one file a verb, each imported when it is asked for."""

__all__ = ["main"]
