"""Scores, decisions and tables of scores."""

__all__ = ["decisions", "metrics", "tables"]
