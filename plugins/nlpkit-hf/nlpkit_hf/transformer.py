"""A pretrained transformer over nlpkit's ids.

Axes: V ids of nlpkit's vocabulary, B texts, T tokens of the longest one, S special ids after a text, L ids of
the model for the longest text with all special ones, H numbers in a state.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import torch
from torch import Tensor, nn

from nlpkit import PADDING_ID, DataError, Note, PaddedBatch, Vocab
from nlpkit_hf.architecture import Architecture, no_weights, read_architecture, tokenizer_in, unknown_id
from nlpkit_hf.sources import needed, without_hub

if TYPE_CHECKING:
    from nlpkit.data import SourceFile
    from nlpkit_hf.encoders import Pooling


class TransformerEncoder(nn.Module):
    """A PaddedBatch to float (B, H).

    `piece_ids` int64 (V,) has the model's id of each of nlpkit's. Of a text its first `max_tokens` are read.
    Frozen, the model has no gradient and never drops anything out.
    """

    piece_ids: Tensor
    prefix: Tensor
    suffix: Tensor

    def __init__(
        self,
        model: nn.Module,
        architecture: Architecture,
        piece_ids: Tensor,
        *,
        pooling: Pooling,
        frozen: bool,
    ) -> None:
        super().__init__()
        self.model = model
        self.pooling = pooling
        self.frozen = frozen
        self.padding = architecture.padding
        self.output_dim = int(architecture.config.get("hidden_size") or architecture.config["dim"])
        self.max_tokens = _max_tokens(model, architecture)
        self.notes: tuple[Note, ...] = ()
        self.source_files: tuple[SourceFile, ...] = ()
        self.register_buffer("piece_ids", piece_ids)
        self.register_buffer("prefix", torch.tensor(architecture.prefix, dtype=torch.int64))
        self.register_buffer("suffix", torch.tensor(architecture.suffix, dtype=torch.int64))
        for module in model.modules():  # saved with the weights, so that a bundle is built once when it loads
            for name, buffer in list(module.named_buffers(recurse=False)):
                module.register_buffer(name, buffer)
        model.requires_grad_(not frozen)

    def train(self, mode: bool = True) -> Self:
        super().train(mode)
        if self.frozen:
            self.model.eval()
        return self

    def forward(self, batch: PaddedBatch) -> Tensor:
        ids, mask = self._with_specials(batch)  # (B, L)
        with torch.set_grad_enabled(torch.is_grad_enabled() and not self.frozen):
            states: Tensor = self.model(
                input_ids=ids, attention_mask=mask.long()
            ).last_hidden_state  # (B, L, H)
        if self.pooling == "first":
            return states[:, 0]
        sums = states.masked_fill(~mask.unsqueeze(-1), 0.0).sum(dim=1)  # (B, H)
        return sums / mask.sum(dim=1, keepdim=True)

    def _with_specials(self, batch: PaddedBatch) -> tuple[Tensor, Tensor]:
        """The model's ids (B, L), and where there is one, bool (B, L)."""
        ours = batch.ids[:, : self.max_tokens]  # (B, T)
        texts, longest = ours.shape
        lengths = (ours != PADDING_ID).sum(dim=1, keepdim=True)  # (B, 1)
        before, after = len(self.prefix), len(self.suffix)
        ids = ours.new_full((texts, before + longest + after), self.padding)  # (B, L)
        ids[:, :before] = self.prefix
        ids[:, before : before + longest] = self.piece_ids[ours]
        places = before + lengths + torch.arange(after, device=ids.device)  # (B, S)
        ids = ids.scatter(1, places, self.suffix.expand(texts, after))
        mask = torch.arange(ids.shape[1], device=ids.device) < before + lengths + after
        return ids, mask


def from_folder(folder: Path, vocab: Vocab, *, pooling: Pooling, frozen: bool) -> TransformerEncoder:
    """The encoder with the weights of a folder."""
    architecture = read_architecture(folder)
    tokenizer = tokenizer_in(folder)
    unknown = unknown_id(tokenizer, architecture)
    found = [tokenizer.token_to_id(token) for token in (*vocab.specials, *vocab.tokens)]
    known = [unknown if each is None or each == architecture.padding else each for each in found]
    pieces = torch.tensor([architecture.padding, unknown, *known, *[unknown] * vocab.buckets])
    encoder = TransformerEncoder(_weighted(folder), architecture, pieces, pooling=pooling, frozen=frozen)
    absent = found[len(vocab.specials) :].count(None)
    if absent:
        said = (
            f"{absent:,} of {len(vocab.tokens):,} tokens are no pieces of the pretrained model, which reads "
            "them as unknown (is tokenizer.file its tokenizer.json?)"
        )
        encoder.notes = (Note(said),)
    return encoder


def from_architecture(
    architecture: Architecture, vocab: Vocab, *, pooling: Pooling, frozen: bool
) -> TransformerEncoder:
    """The encoder without its weights, its pieces included: who builds it loads them."""
    model = _unweighted(architecture.config)
    pieces = torch.zeros(len(vocab), dtype=torch.int64)
    return TransformerEncoder(model, architecture, pieces, pooling=pooling, frozen=frozen)


def _unweighted(settings: dict[str, Any]) -> nn.Module:
    """The model with fresh weights; ValueError where its configuration is that of something else."""
    transformers = needed("transformers")
    try:
        with _silent(transformers), without_hub():
            config = transformers.AutoConfig.for_model(**settings)
            if transformers.MODEL_MAPPING[type(config)].main_input_name != "input_ids":
                raise ValueError("it reads no texts")  # those of images may bring weights of their own
            return _without_pooler(
                transformers.AutoModel.from_config(config, trust_remote_code=False, dtype=torch.float32)
            )
    except (ImportError, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ValueError(f"architecture cannot be built: {reason}") from None


def _weighted(folder: Path) -> nn.Module:
    """The model with its weights in float32, read from safetensors alone."""
    if not any(folder.glob("*.safetensors")):
        raise no_weights(folder)
    transformers = needed("transformers")
    try:
        with _silent(transformers):
            model, info = transformers.AutoModel.from_pretrained(
                str(folder),
                use_safetensors=True,
                trust_remote_code=False,
                local_files_only=True,
                dtype=torch.float32,
                output_loading_info=True,
            )
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        reason = " ".join(str(error).split())[:200]
        raise DataError(f"the model cannot be loaded: {reason}", location=str(folder)) from error
    missing = sorted(name for name in info["missing_keys"] if not name.startswith("pooler."))
    if missing:
        raise DataError(
            f"the weights lack {missing[0]}" + f" and {len(missing) - 1} more" * (len(missing) > 1),
            hint="these weights are not those of config.json",
            location=str(folder),
        )
    return _without_pooler(model)


def _without_pooler(model: Any) -> nn.Module:
    """Without the layer that only `pooler_output` goes through, which is not read here."""
    if getattr(model, "pooler", None) is not None:
        model.pooler = None
    found: nn.Module = model
    return found


def _max_tokens(model: nn.Module, architecture: Architecture) -> int:
    """The most tokens of a text beside the special ones."""
    limits = [architecture.max_length, architecture.config.get("max_position_embeddings")]
    for name, module in model.named_modules():
        if name.endswith("position_embeddings") and isinstance(module, nn.Embedding):
            unused = 0 if module.padding_idx is None else module.padding_idx + 1  # RoBERTa counts from there
            limits.append(module.num_embeddings - unused)
    known = [limit for limit in limits if limit]
    specials = len(architecture.prefix) + len(architecture.suffix)
    return max(1, min(known) - specials) if known else 2**31 - 1


@contextmanager
def _silent(transformers: Any) -> Iterator[None]:
    """Without bars and without its report of weights that a head would need."""
    logging = transformers.utils.logging
    verbosity, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bars:
            logging.enable_progress_bar()
