"""What an encoder promises."""

from __future__ import annotations

from nlpkit.testing import encoder_losses as losses
from nlpkit.testing import encoder_rows as rows
from nlpkit.testing import encoder_weights as weights
from nlpkit.testing.encoder_bench import EncoderBench
from nlpkit.testing.portable import GONE
from nlpkit.testing.promises import Promise
from nlpkit.testing.settings import PROMISES as SETTINGS

PROMISES: tuple[Promise[EncoderBench], ...] = (
    *SETTINGS,
    Promise("any text of one token or more is legal", rows.reads_any_text),
    Promise("output_dim is true and outputs are finite", rows.gives_rows_of_output_dim),
    Promise("each build gives a module of its own", weights.builds_independent_modules),
    Promise("a text's vector is the same alone, with any neighbours and any padding", rows.reads_texts_alone),
    Promise("permuting texts permutes vectors", rows.permutes_with_the_texts),
    Promise("every layout that it accepts gives the same vectors", rows.reads_every_layout_alike),
    Promise("a batch is not changed", rows.changes_no_batch),
    Promise("every parameter gets a gradient", weights.trains_every_parameter),
    Promise("a loss beside the vectors is a mean over the texts", losses.gives_losses_that_are_means),
    Promise("training differs from predicting by dropout alone", weights.trains_as_it_predicts),
    Promise("a saved model gives the same vectors when it is loaded", weights.is_saved_and_loaded),
    Promise(GONE, weights.loads_without_files),
    Promise("the same seed gives the same weights", weights.draws_weights_from_the_seed),
    Promise("it computes in float64 where it is asked to", weights.computes_in_double),
    Promise("it computes on a GPU", weights.moves_to_a_gpu),
)
