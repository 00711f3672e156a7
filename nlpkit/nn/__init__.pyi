from .classifier import Classifier as Classifier
from .collate import offsetify as offsetify
from .collate import pad_length as pad_length
from .collate import padify as padify
from .embedding import TokenEmbedding as TokenEmbedding
from .encoded import Encoded as Encoded
from .encoded import encoded as encoded
from .mean import EmbeddingMeanEncoder as EmbeddingMeanEncoder
from .modes import drawing as drawing
from .modes import plain_modes as plain_modes
from .order import by_length as by_length
from .order import shuffled as shuffled
from .pooling import AttentionPool as AttentionPool
from .pooling import FixedPool as FixedPool
from .pooling import last_pool as last_pool
from .pooling import max_pool as max_pool
from .pooling import mean_pool as mean_pool
from .prediction import probabilities as probabilities
from .recurrent import RecurrentEncoder as RecurrentEncoder
from .recurrent import reversed_by_length as reversed_by_length
from .texts import texts_of as texts_of
from .token_vectors import vectors_read as vectors_read
from .token_vectors import vectors_through as vectors_through

__all__: list[str]
