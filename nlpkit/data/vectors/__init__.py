"""Word vectors from files: GloVe, word2vec and fastText."""

__all__ = ["coverage", "fasttext", "fetched", "kept", "near", "published", "reading", "source"]
