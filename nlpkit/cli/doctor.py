"""nlpkit doctor: versions, hardware and problems."""

from __future__ import annotations

import os
import platform
from typing import Any

import click

from nlpkit.cli.output import answer_as, json_option, table
from nlpkit.errors import StorageError
from nlpkit.namesake import CLASH, is_here
from nlpkit.system.environment import folder_of
from nlpkit.version import PLUGIN_API, __version__

PACKAGES = (
    *("torch", "numpy", "scikit-learn", "pluggy", "click", "lazy-loader", "matplotlib", "rich"),
    *("platformdirs", "pooch", "safetensors", "tomli-w", "Jinja2"),
)


@click.command("doctor", short_help="Show versions, hardware and problems.")
@json_option
def doctor_command(as_json: bool) -> None:
    """Show versions, hardware and problems, for a bug report.

    \b
    nlpkit doctor
    nlpkit doctor --json

    Prints the versions of nlpkit and its dependencies, the device, the folders in use and each problem found.
    """
    facts = _facts()
    problems = _problems()
    said = [f"problem: {problem}" for problem in problems] or ["no problems found"]
    lines = [table([[name, str(value)] for name, value in facts.items()]), *said]
    answer_as(as_json, {"facts": facts, "problems": problems}, "\n".join(lines))


def _facts() -> dict[str, Any]:
    from nlpkit.data.download import offline

    return {
        "nlpkit": __version__,
        "plugin API": PLUGIN_API,
        "python": platform.python_version(),
        **{package: _version(package) for package in PACKAGES},
        "system": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
        **_torch_facts(),
        "data folder": str(folder_of("NLPKIT_DATA_DIR") or "not set (NLPKIT_DATA_DIR)"),
        "cache folder": _cache_folder(),
        "network": "forbidden (NLPKIT_OFFLINE)" if offline() else "when asked for",
    }


def _cache_folder() -> str:
    from nlpkit.system.cache import cache_folder

    try:
        return str(cache_folder())
    except StorageError as error:
        return f"{error.message} (NLPKIT_CACHE_DIR)"


def _torch_facts() -> dict[str, Any]:
    try:
        import torch
    except ImportError as error:  # a missing or broken torch is a fact to report
        return {"torch cannot be imported": str(error)}
    return {
        "torch threads": torch.get_num_threads(),
        "device": torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu",
    }


def _version(package: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _problems() -> list[str]:
    from nlpkit.plugins.loading import installed_plugins

    missing = [f"{package} is not installed" for package in PACKAGES if _version(package) == "missing"]
    broken = [plugin.left_out for plugin in installed_plugins().broken]
    return missing + broken + [CLASH] * is_here()
