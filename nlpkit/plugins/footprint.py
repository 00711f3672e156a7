"""What a plugin changes of the process it is loaded into, by comparing before with after."""

from __future__ import annotations

import builtins
import sys
import warnings
from collections.abc import Iterator
from types import BuiltinFunctionType, FunctionType, ModuleType, WrapperDescriptorType
from typing import Any

from nlpkit.plugins.state import State

# of a class: what Python itself adds to it later
_CACHES = {"__annotations__", "__annotations_cache__", "__abstractmethods__", "_abc_impl", "__doc__"}
_FUNCTIONS = (
    type,
    property,
    classmethod,
    staticmethod,
    FunctionType,
    BuiltinFunctionType,
    WrapperDescriptorType,
)
_PLAIN = (str, bytes, int, float, tuple)  # no bool or None, which become another value when there is one
_FIXED = {"click", *sys.stdlib_module_names} - {"time"}  # whose zone is told in a word
_NEEDED = ("numpy", "scipy", "sklearn", "torch")  # nlpkit imports them; torch replaces a function of Python's
_BUILTINS = builtins.__dict__
_copy, _update = _BUILTINS.copy, _BUILTINS.update  # a plugin may change any name


Functions = dict[tuple[str, str], object]  # by the name of a module or class, and the name in it
_NONE = object()


class Footprint:
    """The process before `package` is imported; `changes` says what of it is another now, in words."""

    def __init__(self, functions: Functions, package: str = "") -> None:
        self._state = State()
        self._functions, self._package = functions, package
        self._modules = dict(sys.modules)
        self._builtins = _BUILTINS.copy()
        self._path, self._finders = list(sys.path), list(sys.meta_path)
        self._filters = list(warnings.filters)

    def put_builtins_back(self) -> None:
        """Give code that is not the plugin's the functions it was written for."""
        self._theirs = _copy()
        _update(self._builtins)

    def changes(self) -> list[str]:
        """What has changed, once the builtins are what they were."""
        after = self._theirs
        found = self._state.changes()
        if sys.path[: len(self._path)] != self._path:
            found.append("the start of the import path")
        if [each for each in sys.meta_path if each in self._finders] != self._finders:
            found.append("the import system")
        if any(map(_for_all, _new(warnings.filters, self._filters))) or _new(self._filters, warnings.filters):
            found.append("the filters of warnings")
        replaced = [f"builtins.{name}" for name in {**self._builtins, **after} if _other(name, self, after)]
        replaced += _modules_replaced(self._modules)
        replaced = sorted([*replaced, *_replaced(self._functions, functions(), self._package)])
        found += replaced[:3] + ([f"{len(replaced) - 3} more functions"] if len(replaced) > 3 else [])
        return found


def _modules_replaced(before: dict[str, ModuleType]) -> Iterator[str]:
    """The modules that are others now, and those of Python's or nlpkit's names that nobody has imported."""
    for name, module in {**before, **sys.modules}.items():
        if name in before:
            same = sys.modules.get(name) is before[name]
        else:
            same = name not in {*sys.stdlib_module_names, *_NEEDED} or bool(getattr(module, "__spec__", None))
        if not same:
            yield f"sys.modules[{name!r}]"


def _replaced(before: Functions, after: Functions, package: str) -> Iterator[str]:
    """What is another than it was or is gone, what is new in a class or in nlpkit, and what code of `package`
    stands for in a module that was imported with it.
    """
    owners = {owner for owner, _ in before}
    for owner, name in before | after:
        value, had = after.get((owner, name), _NONE), before.get((owner, name), _NONE)
        if value is had or _top(getattr(value, "__module__", "")) in _NEEDED:
            continue
        if had is not _NONE:
            new = type(value) not in _PLAIN or value != had
        elif owner in owners:
            new = _closed(owner, name) and not _lazy(owner, name, value, after)
        else:
            new = bool(package) and _top(getattr(value, "__module__", "")) == package != _top(owner)
        if new:
            yield f"{owner}.{name}"


def _closed(owner: str, name: str) -> bool:
    """Whether nobody adds this to it: anything to nlpkit, and to a class what Python asks for by itself. A
    method more in a class of others, as transformers gives to `logging.Logger`, is felt by nobody.
    """
    return _ours(owner) or (owner not in sys.modules and name.startswith("__"))


def _lazy(owner: str, name: str, value: object, after: Functions) -> bool:
    """Whether a face has got a name from the module that it stands in."""
    return any(
        each is value
        for (other, same), each in after.items()
        if same == name and other != owner and _ours(other)
    )


def _other(name: str, footprint: Footprint, after: dict[str, object]) -> bool:
    """Whether a builtin is another one; `_` is what an interactive Python has calculated."""
    return name != "_" and footprint._builtins.get(name, after) is not after.get(name, after)


def functions() -> Functions:
    """What is in the modules there are, and in their classes: functions and classes; of Python and click
    plain values as well, and of nlpkit everything.

    What is private to other packages is theirs: typing_extensions replaces functions of that kind in typing.
    """
    found: Functions = {}
    for module in list(sys.modules.values()):
        if isinstance(module, ModuleType) and module is not builtins:
            parts = dict(_parts(module))
            found |= {(module.__name__, name): value for name, value in parts.items()}
            for kind in parts.values():
                if isinstance(kind, type) and kind.__module__ == module.__name__:
                    owner = f"{kind.__module__}.{kind.__qualname__}"
                    found |= {(owner, name): value for name, value in _parts(kind)}
    return found


def _parts(owner: ModuleType | type) -> Iterator[tuple[str, object]]:
    module = owner.__module__ if isinstance(owner, type) else owner.__name__
    ours, fixed = _ours(module), _top(module) in _FIXED
    for name, value in list(vars(owner).items()):
        told = not isinstance(value, ModuleType) if ours else isinstance(value, _FUNCTIONS)
        told = told or (fixed and type(value) in _PLAIN)
        if told and name not in _CACHES and (ours or not name.startswith("_") or name.startswith("__")):
            yield name, value


def _ours(module: str) -> bool:
    return _top(module) == "nlpkit"


def _top(module: object) -> str:
    return str(module).partition(".")[0]


def _new(filters: Any, than: Any) -> list[Any]:
    return [each for each in filters if each not in than]


def _for_all(warning_filter: tuple[Any, ...]) -> bool:
    """Whether it is about warnings that are not the plugin's own: all of a class of Python's."""
    _, message, category, module, _ = warning_filter
    return message is None and module is None and category.__module__ == "builtins"
