"""Files of texts answered by a model: to one file, or shard by shard to a folder."""

__all__ = [
    "answering",
    "answers",
    "forms",
    "growing",
    "left_out",
    "parquet",
]
