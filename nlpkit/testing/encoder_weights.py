"""What an encoder promises about its weights: training, saving, dtypes and devices."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nlpkit.testing.encoder_bench import EncoderBench, apart, dense, floats_of, forward, name_of, seeded
from nlpkit.testing.portable import elsewhere, kept_of
from nlpkit.testing.promises import Skipped, expect, trying
from nlpkit.testing.settings import plugins_with
from nlpkit.testing.values import differing

if TYPE_CHECKING:
    from torch import Tensor, nn

    from nlpkit.models.model import Model

_DROPOUTS = {"dropout", "alpha_dropout", "feature_dropout", "feature_alpha_dropout"}  # and in place: dropout_


def trains_every_parameter(bench: EncoderBench) -> None:
    """One that has no gradient at first may have one elsewhere, as behind a gate that starts closed."""
    module = bench.module()
    trained = {name: each for name, each in module.named_parameters() if each.requires_grad}
    if not trained:
        raise Skipped("it has no parameters to train")
    dead = set(trained)
    for seed in range(3):
        dead &= _without_gradient(bench, module, seed)
        _shake(module, seed)
    names = [name for name in trained if name in dead]  # in the order of the module
    expect(not names, f"no gradient reaches {', '.join(names)} in a batch of {len(bench.rows)} texts")


def _without_gradient(bench: EncoderBench, module: nn.Module, seed: int) -> set[str]:
    """The parameters whose gradient of a random sum of the outputs is nothing or zero, in any layout."""
    import torch

    from nlpkit.nn.encoded import encoded

    dead: set[str] = set()
    for collator in bench.collators:
        module.train()
        module.zero_grad()
        with seeded(seed), no_dropout(module), trying(f"training on a batch collated by {name_of(collator)}"):
            found = encoded(module(bench.batch(bench.rows, collator)))
            output = dense(found.vectors)
            expect(output.requires_grad, "its output has no gradient at all, as if it were detached")
            wanted = (output * torch.randn(output.shape)).sum() + sum(found.losses.values())
            wanted.backward()  # type: ignore[no-untyped-call]
        for name, each in module.named_parameters():
            if each.grad is None or not bool(each.grad.any()):
                dead.add(name)
            else:
                bad = not bool(each.grad.isfinite().all())
                expect(not bad, f"the gradient of {name} has numbers that are not finite")
    return dead


def _shake(module: nn.Module, seed: int) -> None:
    """Move all weights a little, as training does."""
    import torch

    with torch.no_grad(), seeded(seed + 100):
        for each in module.parameters():
            if each.is_floating_point():
                each.add_(torch.randn_like(each), alpha=0.05)


def trains_as_it_predicts(bench: EncoderBench) -> None:
    """In training mode, with no number dropped, the vectors are those of eval mode."""
    for collator in bench.collators:
        module = bench.module()
        expected = forward(module, bench.batch(bench.rows, collator), "a batch")
        module.train()
        with no_dropout(module):
            found = forward(module, bench.batch(bench.rows, collator), "a batch in training mode")
            alone = forward(module, bench.batch(bench.rows[:1], collator), "a text alone in training mode")
        far = max(apart(expected, found), apart(expected[:1], alone))
        expect(
            not far,
            f"with nothing dropped out, numbers differ by up to {far:.3g} between training and eval mode, as "
            f"they do where a text sees its neighbours (batch norm) or where numbers are drawn",
        )
        module.eval()
        again = forward(module, bench.batch(bench.rows, collator), "a batch")
        far = apart(expected, again)
        expect(not far, f"a forward in training mode has changed the vectors of eval mode by up to {far:.3g}")


@contextmanager
def no_dropout(module: nn.Module) -> Iterator[None]:
    """Inside, torch's dropout drops nothing: as modules, as functions, and within its networks."""
    import torch
    from torch.overrides import TorchFunctionMode

    class NothingDropped(TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            kwargs = dict(kwargs or {})
            name = getattr(func, "__name__", "")
            if name.removesuffix("_") in _DROPOUTS:
                return args[0] if args else kwargs["input"]
            if name == "scaled_dot_product_attention":  # query, key, value, attn_mask, dropout_p, is_causal
                kwargs |= dict(zip(("attn_mask", "dropout_p", "is_causal"), args[3:], strict=False))
                args, kwargs["dropout_p"] = args[:3], 0.0
            return func(*args, **kwargs)

    kinds = (torch.nn.RNNBase, torch.nn.MultiheadAttention)  # their functions drop out on their own
    networks: list[Any] = [each for each in module.modules() if isinstance(each, kinds)]
    before = [each.dropout for each in networks]
    for each in networks:
        each.dropout = 0.0
    try:
        with NothingDropped():
            yield
    finally:
        for each, fraction in zip(networks, before, strict=True):
            each.dropout = fraction


def loads_without_files(bench: EncoderBench) -> None:
    """With the weights of a model: what it reads from files at first is in them."""
    with elsewhere(bench.component) as settings:
        before = replace(bench, component=settings).module()
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
    _shake(model.classifier, seed=0)
    with tempfile.TemporaryDirectory() as folder:
        with trying("saving a model bundle"):
            bundle.save(model, Path(folder), plugins)
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


def computes_in_double(bench: EncoderBench) -> None:
    """Hand-made zeros and masks are of the dtype of the weights."""
    import torch

    floats_of(bench.usual)
    for collator in bench.collators:
        expected = bench.vectors(bench.rows, collator, "a batch")
        module = bench.module().double()
        found = forward(module, bench.batch(bench.rows, collator), "a batch, after module.double(),")
        expect(found.dtype == torch.float64, f"outputs are {found.dtype} after module.double()")
        far = apart(expected, found)
        expect(not far, f"numbers differ by up to {far:.3g} from those in float32")


def moves_to_a_gpu(bench: EncoderBench) -> None:
    """Where there is one: the batch is moved as training moves it."""
    import torch

    if not torch.cuda.is_available():
        raise Skipped("there is no GPU here")
    module = bench.module().to("cuda")
    for collator in bench.collators:
        batch = bench.batch(bench.rows, collator)
        expected = forward(bench.usual, batch, "a batch")
        found = forward(module, batch.pin_memory().to("cuda"), "a batch on a GPU")
        expect(found.is_cuda, f"outputs are on {found.device} after module.to('cuda')")
        far = float((expected - found.cpu()).abs().max())
        near = far <= 1e-2 * float(expected.abs().max())  # TF32 has 1e-3
        expect(near, f"numbers differ by up to {far:.3g} from those on the CPU")
