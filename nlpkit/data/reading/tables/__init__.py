"""Rows of cells to columns."""

__all__ = ["dialect", "escaped", "header", "mended", "skipped", "swallowed", "table"]
