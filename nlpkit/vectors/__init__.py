"""Word vectors from files: GloVe, word2vec and fastText."""

from nlpkit.vectors.reading import Found, read_vectors

__all__ = ["Found", "read_vectors"]
