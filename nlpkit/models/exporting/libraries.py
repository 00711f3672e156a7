"""The libraries of the extra `onnx`, where they are needed."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

from nlpkit.errors import MissingError


def library(name: str) -> ModuleType:
    """onnx or onnxruntime, or a part of them; a MissingError that says how to get it."""
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingError(
            f"ONNX needs {name.split('.')[0]}", hint="install it with: pip install 'nlpkit-toolkit[onnx]'"
        ) from error
