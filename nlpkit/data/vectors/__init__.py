"""Word vectors from files: GloVe, word2vec and fastText."""

__all__ = ["coverage", "fasttext", "kept", "near", "reading", "source"]
