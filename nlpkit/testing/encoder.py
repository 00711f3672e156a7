"""What an encoder promises."""

from __future__ import annotations

from nlpkit.testing.encoder_bench import EncoderBench
from nlpkit.testing.encoder_rows import (
    changes_no_batch,
    gives_rows_of_output_dim,
    permutes_with_the_texts,
    reads_any_text,
    reads_every_layout_alike,
    reads_texts_alone,
)
from nlpkit.testing.encoder_weights import (
    builds_independent_modules,
    computes_in_double,
    draws_weights_from_the_seed,
    is_saved_and_loaded,
    moves_to_a_gpu,
    trains_as_it_predicts,
    trains_every_parameter,
)
from nlpkit.testing.promises import Promise
from nlpkit.testing.settings import PROMISES as SETTINGS

PROMISES: tuple[Promise[EncoderBench], ...] = (
    *SETTINGS,
    Promise("any text of one token or more is legal", reads_any_text),
    Promise("output_dim is true and outputs are finite", gives_rows_of_output_dim),
    Promise("each build gives a module of its own", builds_independent_modules),
    Promise("a text's vector is the same alone, with any neighbours and any padding", reads_texts_alone),
    Promise("permuting texts permutes vectors", permutes_with_the_texts),
    Promise("every layout that it accepts gives the same vectors", reads_every_layout_alike),
    Promise("a batch is not changed", changes_no_batch),
    Promise("every parameter gets a gradient", trains_every_parameter),
    Promise("training differs from predicting by dropout alone", trains_as_it_predicts),
    Promise("a saved model gives the same vectors when it is loaded", is_saved_and_loaded),
    Promise("the same seed gives the same weights", draws_weights_from_the_seed),
    Promise("it computes in float64 where it is asked to", computes_in_double),
    Promise("it computes on a GPU", moves_to_a_gpu),
)
