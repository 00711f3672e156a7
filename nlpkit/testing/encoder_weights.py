"""What an encoder promises about its weights: that they are its own, drawn from the seed, and saved."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from nlpkit.testing.encoder_bench import EncoderBench, apart, forward, seeded, shake
from nlpkit.testing.portable import elsewhere, kept_of
from nlpkit.testing.promises import expect, trying
from nlpkit.testing.settings import plugins_with
from nlpkit.testing.values import differing

if TYPE_CHECKING:
    from torch import Tensor, nn

    from nlpkit.models.model import Model

M = TypeVar("M", bound="nn.Module")


def loads_without_files(bench: EncoderBench) -> None:
    """With the weights of a model: what it reads from files at first is in them."""
    with elsewhere(bench.component) as settings:
        before = _finished(replace(bench, component=settings).module())
        kept = kept_of(settings)
    with seeded(1), trying("build(vocab) of what portable() gives"):
        after = kept.build(bench.vocab).eval()
    with trying("load_state_dict of it"):
        after.load_state_dict(before.state_dict())
    batch = bench.batch(bench.rows)
    far = apart(forward(before, batch, "a batch"), forward(after, batch, "a batch, by what is loaded,"))
    expect(not far, f"vectors differ by up to {far:.3g} then")


def is_saved_and_loaded(bench: EncoderBench) -> None:
    """Through a model bundle, as a run writes it: settings, safetensors, and a module of shapes first."""
    from nlpkit.models import bundle

    plugins = plugins_with(bench.component)
    model = _model(bench)
    shake(model.classifier, seed=0)
    _finished(model.classifier)
    with tempfile.TemporaryDirectory() as folder:
        with trying("saving a model bundle"):
            model.write(Path(folder), plugins)
        with seeded(1), trying("loading the model bundle"):
            loaded = bundle.load(Path(folder), plugins)
    for collator in bench.collators:
        batch = bench.batch(bench.rows, collator)
        expected = forward(model.classifier.encoder, batch, "a batch")
        found = forward(loaded.classifier.encoder, batch, "a batch, by the loaded model,")
        far = apart(expected, found)
        expect(
            not far,
            f"numbers differ by up to {far:.3g} after saving and loading, as they do where a module keeps "
            f"what it computes with outside its state_dict",
        )


def stays_when_training_is_over(bench: EncoderBench) -> None:
    """The `finish_training()` of its modules, where they have one."""
    module, batch = bench.module(), bench.batch(bench.rows)
    shake(module, seed=0)
    before = forward(module, batch, "a batch")
    after = forward(_finished(module), batch, "a batch, after finish_training(),")
    far = apart(before, after)
    expect(not far, f"finish_training() changes numbers by up to {far:.3g}")


def _finished(module: M) -> M:
    """The module as a run scores and saves it."""
    from nlpkit.nn.finished import finish_training

    with trying("finish_training()"):
        finish_training(module)
    return module


def _model(bench: EncoderBench) -> Model:
    from nlpkit.components.tokenizers import Whitespace
    from nlpkit.models.model import Model, ModelSettings
    from nlpkit.text.settings import TextConfig
    from nlpkit.vocab import Labels

    settings = ModelSettings(bench.component, Whitespace(), TextConfig(), bench.collators[0])
    with seeded(0), trying("build(vocab), and a head of output_dim on it,"):
        model = Model.untrained(settings, bench.vocab, Labels(["no", "yes"]))
    model.classifier.eval()
    return model


def draws_weights_from_the_seed(bench: EncoderBench) -> None:
    """torch's seed is what a run sets."""
    first, second = (dict(bench.module(seed=5).state_dict()) for _ in range(2))
    name = differing(first, second)
    expect(not name, f"after torch.manual_seed(5) {name} is another one each time; draw it with torch")


def builds_independent_modules(bench: EncoderBench) -> None:
    """No memory is shared, so that training one leaves the other alone."""
    first, second = bench.module(), bench.module()
    expect(first is not second, "build gives the same module twice")
    taken = {tensor.data_ptr() for _, tensor in _stored(first)}
    shared = [name for name, tensor in _stored(second) if tensor.data_ptr() in taken]
    expect(not shared, f"two modules share the memory of {', '.join(shared)}")


def _stored(module: nn.Module) -> Iterator[tuple[str, Tensor]]:
    import torch

    for name, tensor in (*module.named_parameters(), *module.named_buffers()):
        if tensor.layout == torch.strided and tensor.numel():
            yield name, tensor
