from .indexing import clean as clean
from .indexing import encode as encode
from .indexing import index as index
from .indexing import listed_tokens as listed_tokens
from .indexing import read_tokens as read_tokens
from .indexing import text_tokenizer as text_tokenizer
from .indexing import vocab_of as vocab_of
from .numbering import number_tokens as number_tokens
from .settings import TextConfig as TextConfig
from .settings import VocabConfig as VocabConfig

__all__: list[str]
