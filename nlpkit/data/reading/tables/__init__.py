"""Rows of cells to columns."""

__all__ = ["dialect", "header", "swallowed", "table"]
