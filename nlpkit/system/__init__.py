"""Files, folders, processes, environment and terminal of this machine."""

__all__ = ["atomic", "cache", "environment", "forking", "sealed", "terminal"]
