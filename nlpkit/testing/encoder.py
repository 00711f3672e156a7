"""What an encoder promises."""

from __future__ import annotations

from nlpkit.testing import encoder_devices as devices
from nlpkit.testing import encoder_export as export
from nlpkit.testing import encoder_losses as losses
from nlpkit.testing import encoder_memory as memory
from nlpkit.testing import encoder_rows as rows
from nlpkit.testing import encoder_training as training
from nlpkit.testing import encoder_vectors as vectors
from nlpkit.testing import encoder_weights as weights
from nlpkit.testing.encoder_bench import EncoderBench
from nlpkit.testing.portable import GONE
from nlpkit.testing.promises import Promise
from nlpkit.testing.settings import PROMISES as SETTINGS
from nlpkit.testing.surroundings import leaves_the_process_alone

PROMISES: tuple[Promise[EncoderBench], ...] = (
    *SETTINGS,
    Promise("it changes nothing of the process", leaves_the_process_alone),
    Promise("any text of one token or more is legal", rows.reads_any_text),
    Promise("output_dim is true and outputs are finite", rows.gives_rows_of_output_dim),
    Promise("each build gives a module of its own", weights.builds_independent_modules),
    Promise("what it gives a batch depends on that batch alone", training.tells_batches_apart),
    Promise("a text's vector is the same alone, with any neighbours and any padding", rows.reads_texts_alone),
    Promise("permuting texts permutes vectors", rows.permutes_with_the_texts),
    Promise("every layout that it accepts gives the same vectors", rows.reads_every_layout_alike),
    Promise("token vectors can be handed in", vectors.takes_vectors_in),
    Promise("a batch is not changed", rows.changes_no_batch),
    Promise("the same seed gives the same weights", weights.draws_weights_from_the_seed),
    Promise("the same seed gives the same numbers in training", training.draws_from_the_seed),
    Promise("a batch of training does not depend on those before it", training.forgets_batches),
    Promise("every parameter gets a gradient", training.trains_every_parameter),
    Promise("a loss beside the vectors is a mean over the texts", losses.gives_losses_that_are_means),
    Promise("training differs from predicting by random numbers alone", training.trains_as_it_predicts),
    Promise("it computes in float64 where it is asked to", devices.computes_in_double),
    Promise("its tensors are on the device of the batch", devices.follows_the_batch),
    Promise("it gives the same vectors when training is over", weights.stays_when_training_is_over),
    Promise("a saved model gives the same vectors when it is loaded", weights.is_saved_and_loaded),
    Promise(GONE, weights.loads_without_files),
    Promise("its state_dict holds all that training changes", training.keeps_its_state),
    Promise("exported to ONNX, it gives the same vectors", export.is_exported),
    Promise("memory does not grow with the number of batches", memory.keeps_no_batches),
    Promise("another process gives the same vectors", memory.is_the_same_elsewhere),
    Promise("it computes on a GPU", devices.moves_to_a_gpu),
)
