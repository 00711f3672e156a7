"""Files and streams to columns of texts and labels."""

__all__ = ["formats", "guess", "labels", "layout", "readers", "records", "resembles", "source", "tables"]
