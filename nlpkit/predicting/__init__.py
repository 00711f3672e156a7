"""Files of texts answered by a model: to one file, or shard by shard to a folder."""

__all__ = [
    "answering",
    "answers",
    "forms",
    "growing",
    "inputs",
    "kept",
    "left_out",
    "parquet",
    "plan",
    "predict",
    "sharded",
    "tasks",
]
