"""The encoder of TF-IDF features. `build(vocab)` gives a module from `nlpkit_sklearn.tfidf`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from nlpkit import Batch, ConfigError, Encoder, FlatBatch, refuse, whole

if TYPE_CHECKING:
    from nlpkit import Vocab
    from nlpkit_sklearn.tfidf import TfidfEncoder


@dataclass(frozen=True)
class Tfidf(Encoder):
    """How often a text has each token of the vocabulary, rare tokens counting for more (TF-IDF), sparse.

    idf: weigh a token by log((1 + texts) / (1 + texts that have it)) + 1, over the training texts; it is
        learned by the trainers of nlpkit-sklearn, and is 1 under any other
    sublinear_tf: count a token that a text has n times as 1 + log(n)
    min_texts: training texts that have a token, at the least; others are passed over. With vocab.min_count
        as high, which counts each time in a text, this is scikit-learn's min_df
    norm: l2 scales each text to the length 1
    """

    idf: bool = True
    sublinear_tf: bool = False
    min_texts: int = 1
    norm: Literal["l2", "none"] = "l2"

    def __post_init__(self) -> None:
        refuse(whole(1, 2**31 - 1, min_texts=self.min_texts))

    @property
    def accepts(self) -> type[Batch]:
        return FlatBatch

    def build(self, vocab: Vocab) -> TfidfEncoder:
        from nlpkit_sklearn.tfidf import TfidfEncoder

        first_id = 2 + len(vocab.specials)
        if len(vocab) == first_id:
            raise ConfigError(
                "the vocabulary has no token",
                location="vocab",
                hint="lower vocab.min_count, or choose a tokenizer that finds tokens in these texts",
            )
        return TfidfEncoder(
            len(vocab),
            first_id,
            idf=self.idf,
            sublinear_tf=self.sublinear_tf,
            min_texts=self.min_texts,
            norm=self.norm,
        )
