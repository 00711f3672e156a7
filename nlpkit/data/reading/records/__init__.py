"""Objects, marked lines, Arrow batches and files in folders to columns."""

__all__ = ["arrow", "document", "fasttext", "folders", "jsonl", "objects"]
