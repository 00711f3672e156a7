"""Files, folders, processes, environment and terminal of this machine."""

__all__ = ["atomic", "cache", "environment", "forking", "resumable", "sealed", "stopping", "terminal"]
