"""Training mode without its random numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

_DROPOUTS = {"dropout", "alpha_dropout", "feature_dropout", "feature_alpha_dropout"}  # and in place: dropout_


@contextmanager
def no_dropout(module: nn.Module) -> Iterator[None]:
    """Inside, torch's dropout drops nothing: as modules, as functions, and within its networks."""

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


def _middle(*names: str) -> Callable[..., float]:
    """The mean of two arguments, 0 and 1 where they are not given."""
    return lambda given: (given.get(names[0], 0.0) + given.get(names[1], 1.0)) / 2


def _first_of_all(given: dict[str, Any]) -> Any:
    """The first places whose weight is not zero; the first alone where one may come twice."""
    count = given["num_samples"]
    order = given["self"].gt(0).byte().argsort(dim=-1, descending=True, stable=True)
    return order[..., :1].expand(*order.shape[:-1], count) if given.get("replacement") else order[..., :count]


# what takes the place of each number that an operation draws, from its arguments by name
_MEANS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "rand": lambda given: 0.5,
    "rand_like": lambda given: 0.5,
    "randn": lambda given: 0.0,
    "randn_like": lambda given: 0.0,
    "uniform_": _middle("from", "to"),
    "normal_": lambda given: given.get("mean", 0.0),
    "bernoulli": lambda given: given.get("p", given["self"]),
    "bernoulli_": lambda given: given.get("p", 0.5),
    "normal": lambda given: given.get("mean", 0.0),
    "log_normal_": lambda given: math.exp(given.get("mean", 1.0) + given.get("std", 2.0) ** 2 / 2),
    "exponential_": lambda given: 1 / given.get("lambd", 1.0),
    "geometric_": lambda given: 1 / given["p"],
    "poisson": lambda given: given["self"],
    "binomial": lambda given: given["count"] * given["prob"],
    "_standard_gamma": lambda given: given["self"],
    "_sample_dirichlet": lambda given: given["self"] / given["self"].sum(dim=-1, keepdim=True),
    # places in a batch: the mean is that of one batch, and the first text is with itself in each
    "randint": lambda given: given.get("low", 0),
    "randint_like": lambda given: given.get("low", 0),
    "randperm": lambda given: torch.arange(given["n"]),
    "multinomial": _first_of_all,
}


class NothingDrawn(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Inside, torch draws no numbers: each is the mean of those it could be, whatever the seed."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        return False  # torch.compile, which takes seconds to import, is not there to be kept away

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        names = [argument.name for argument in func._schema.arguments]
        given = {**dict(zip(names, args, strict=False)), **kwargs}
        if func.overloadpacket.__name__.startswith("rrelu_with_noise"):  # its slopes have a mean in eval mode
            return func(**{**given, "training": False})
        found = func(*args, **kwargs)
        mean = _MEANS.get(func.overloadpacket.__name__)
        if mean is None:
            return found
        value = mean(given)
        return found.copy_(value) if isinstance(value, torch.Tensor) else found.fill_(value)
