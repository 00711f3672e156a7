"""Objects, marked lines, Arrow batches and files in folders to columns."""

__all__ = ["arrow", "decoding", "document", "fasttext", "folders", "json_text", "jsonl", "objects"]
