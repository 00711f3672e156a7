"""Word vectors from files: GloVe, word2vec and fastText."""

__all__ = ["fasttext", "kept", "reading", "source"]
