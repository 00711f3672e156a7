"""What a pretrained model is, apart from its weights: its configuration, and what its tokenizer adds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nlpkit import DataError
from nlpkit_hf.sources import needed

if TYPE_CHECKING:
    from tokenizers import Tokenizer

FILES: Final = (
    "config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "model.safetensors",
    "model-*.safetensors",
    "model.safetensors.index.json",
)
# where it came from, code of others, and what this plugin decides
_LEFT_OUT: Final = (
    "_name_or_path",
    "architectures",
    "auto_map",
    "dtype",
    "torch_dtype",
    "id2label",
    "label2id",
)
_LONGEST: Final = 1_000_000  # tokenizer_config.json has 10**30 where there is no limit
_UNKNOWN: Final = ("[UNK]", "<unk>", "<|endoftext|>")


@dataclass(frozen=True)
class Architecture:
    """Plain data. `prefix` and `suffix` are the ids put before and after a text; of these and the text
    together its tokenizer allows `max_length`.
    """

    config: dict[str, Any]
    prefix: tuple[int, ...]
    suffix: tuple[int, ...]
    padding: int
    max_length: int | None

    def dumps(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    @classmethod
    def loads(cls, text: str) -> Architecture:
        """From JSON; ValueError where it is not what `dumps` writes."""
        try:
            found = json.loads(text, object_hook=_without_kernels)
            return cls(
                dict(found["config"]),
                tuple(map(int, found["prefix"])),
                tuple(map(int, found["suffix"])),
                int(found["padding"]),
                None if found["max_length"] is None else int(found["max_length"]),
            )
        except (TypeError, KeyError, ValueError, RecursionError):
            raise ValueError(
                "architecture is not what a model bundle keeps of a pretrained encoder"
            ) from None


def read_architecture(folder: Path) -> Architecture:
    """What the folder of a model says."""
    config = config_of(folder)
    tokenizer = tokenizer_in(folder)
    encoding = tokenizer.encode("a")
    marks: list[int] = encoding.special_tokens_mask
    first = marks.index(0) if 0 in marks else len(marks)
    last = len(marks) - marks[::-1].index(0) if 0 in marks else len(marks)
    padding = config.get("pad_token_id")
    return Architecture(
        config=config,
        prefix=tuple(encoding.ids[:first]),
        suffix=tuple(encoding.ids[last:]),
        padding=padding if isinstance(padding, int) else 0,
        max_length=_max_length(folder),
    )


def config_of(folder: Path) -> dict[str, Any]:
    """config.json in full; DataError where it is not that of an encoder that transformers has."""
    if not (folder / "config.json").is_file():
        raise _lacks(folder, "config.json")
    transformers = needed("transformers")
    try:
        config = transformers.AutoConfig.from_pretrained(
            str(folder), trust_remote_code=False, local_files_only=True
        )
    except (ValueError, OSError, KeyError) as error:
        raise DataError(
            f"transformers {transformers.__version__} has no code for this model: {_line(error)}",
            hint="code that comes with a model is never run",
            location=str(folder / "config.json"),
        ) from None
    if getattr(config, "is_encoder_decoder", False):
        raise DataError(
            f"{config.model_type} is an encoder with a decoder, and an encoder alone is expected",
            hint="use a model such as BERT, RoBERTa or DistilBERT",
            location=str(folder / "config.json"),
        )
    return {key: value for key, value in config.to_dict().items() if key not in _LEFT_OUT}


def tokenizer_in(folder: Path) -> Tokenizer:
    """The model's own tokenizer."""
    from nlpkit_hf.pieces import content_of, tokenizer_of

    file = folder / "tokenizer.json"
    if not file.is_file():
        raise _lacks(folder, "tokenizer.json")
    return tokenizer_of(content_of(file), str(file))


def unknown_id(tokenizer: Tokenizer, architecture: Architecture) -> int:
    """The id of what is no piece; where there is none, as for pieces of bytes, that of a special token."""
    model = json.loads(tokenizer.to_str())["model"]
    if isinstance(model.get("unk_id"), int):
        return int(model["unk_id"])
    for name in (model.get("unk_token"), *_UNKNOWN):
        found = None if name is None else tokenizer.token_to_id(name)
        if found is not None:
            return int(found)
    return (*architecture.suffix, *architecture.prefix, 0)[0]


def _max_length(folder: Path) -> int | None:
    try:
        found = json.loads((folder / "tokenizer_config.json").read_bytes()).get("model_max_length")
    except (OSError, ValueError, AttributeError):
        return None
    return int(found) if isinstance(found, int | float) and 0 < found < _LONGEST else None


def _without_kernels(table: dict[str, Any]) -> dict[str, Any]:
    """Without what names the code of a layer, which transformers would fetch and run."""
    return {key: value for key, value in table.items() if not key.endswith("_implementation")}


def lacking(folder: Path) -> Iterator[DataError]:
    """What the folder of a model does not have."""
    for name in ("config.json", "tokenizer.json"):
        if not (folder / name).is_file():
            yield _lacks(folder, name)
    if not any(folder.glob("*.safetensors")):
        yield no_weights(folder)


def no_weights(folder: Path) -> DataError:
    """That a folder has none in the one format that is read."""
    return DataError(
        "this folder has no model.safetensors",
        hint="other formats can run code when they are read: save the model again with save_pretrained",
        location=str(folder),
    )


def _lacks(folder: Path, name: str) -> DataError:
    what = "there is no such folder" if not folder.is_dir() else f"this folder has no {name}"
    return DataError(
        what,
        hint="give a folder that save_pretrained of a model and its tokenizer wrote",
        location=str(folder),
    )


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]
