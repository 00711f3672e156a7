"""A classifier as an ONNX graph, by tracing, and its weights in fewer bits."""

from __future__ import annotations

import copy
import inspect
import math
import tempfile
import warnings
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from nlpkit.errors import ConfigError
from nlpkit.models.exporting.libraries import library

if TYPE_CHECKING:
    from nlpkit.nn.classifier import Classifier

Precision = Literal["fp32", "fp16", "int8"]
OPSET: Final = 17
MAX_BYTES: Final = (1 << 31) - (1 << 20)  # of a message of protobuf, less what is no weight
SMALL: Final = 1024  # numbers of a weight that is worth making smaller
QUANTIZED: Final = ("Gather", "MatMul", "Gemm", "LSTM")


def graph_of(classifier: Classifier, precision: Precision = "fp32") -> bytes:
    """An ONNX file: `ids` int64 (B, T), and perhaps `counts`, to `logits` float32 (B, C), B and T free."""
    from nlpkit.nn.finished import finish_training

    if (size := sum(each.nbytes for each in classifier.state_dict().values())) > MAX_BYTES:
        raise ConfigError(
            f"the weights have {size:,} bytes, and an ONNX file has {MAX_BYTES:,} at most",
            hint="make the model smaller first, with nlpkit shrink",
        )
    alone = copy.deepcopy(classifier).cpu().float().eval()
    finish_training(alone)
    graph = _traced(alone)
    return {"fp32": _same, "fp16": _halved, "int8": _quantized}[precision](graph)


def _traced(classifier: Classifier) -> bytes:
    """By torch's exporter that traces: the one built on torch.export pins the length of recurrent layers."""
    import torch

    from nlpkit.nn.exported import traceable
    from nlpkit.nn.modes import plain_modes

    library("onnx")
    module, inputs = traceable(classifier)
    file = BytesIO()
    axes = {name: {0: "texts", 1: "tokens"} for name in inputs} | {"logits": {0: "texts"}}
    write: Any = torch.onnx.export
    older = {"dynamo": False} if "dynamo" in inspect.signature(write).parameters else {}
    with warnings.catch_warnings(), plain_modes(), torch.no_grad():
        warnings.simplefilter("ignore")  # of sizes that might be pinned: the gate compares other sizes
        write(
            module,
            tuple(inputs.values()),
            file,
            input_names=list(inputs),
            output_names=["logits"],
            dynamic_axes=axes,
            opset_version=OPSET,
            **older,
        )
    return file.getvalue()


def _same(graph: bytes) -> bytes:
    return graph


def _halved(graph: bytes) -> bytes:
    """Weights as float16, which are made float32 again where they are used: most operators have no others."""
    import numpy as np

    onnx: Any = library("onnx")
    model = onnx.load_model_from_string(graph)
    casts = []
    for weight in model.graph.initializer:
        values = onnx.numpy_helper.to_array(weight)
        if values.dtype == np.float32 and values.size >= SMALL:
            name = weight.name
            weight.CopyFrom(onnx.numpy_helper.from_array(_as_half(values), f"{name}.fp16"))
            casts.append(onnx.helper.make_node("Cast", [weight.name], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    return bytes(model.SerializeToString())


def _as_half(values: Any) -> Any:
    import numpy as np

    with np.errstate(over="ignore"):  # the gate sees what becomes infinite
        return values.astype(np.float16)


def _quantized(graph: bytes) -> bytes:
    """Weights as int8 with a scale, by onnxruntime's dynamic quantization."""
    onnx: Any = library("onnx")
    quantization: Any = library("onnxruntime.quantization")
    model = onnx.load_model_from_string(graph)
    onnx.helper.set_model_props(model, {"onnx.quant.pre_process": "onnxruntime.quant"})  # or it logs advice
    weights = {
        each.name
        for each in model.graph.initializer
        if each.data_type == onnx.TensorProto.FLOAT and math.prod(each.dims) >= SMALL
    }
    # without those of ids and masks, which it would try and log that it cannot
    nodes = [each.name for each in model.graph.node if each.op_type in QUANTIZED and weights & {*each.input}]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.onnx")
        int8 = quantization.QuantType.QInt8
        quantization.quantize_dynamic(model, path, weight_type=int8, nodes_to_quantize=nodes or ["none"])
        return path.read_bytes()
