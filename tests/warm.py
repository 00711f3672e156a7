"""The command line as a program of its own, forked from a Python that has imported torch.

Streams, folder, environment and end are its own, and nothing of nlpkit was imported before. Only what other
people's packages take to be imported is spared: 1.5 s of a prediction, 3 s of a run.
"""

from __future__ import annotations

import atexit
import json
import os
import runpy
import subprocess
import sys
import tempfile
from functools import cache
from importlib import import_module
from pathlib import Path

SLOW = ("torch", "sklearn.linear_model", "matplotlib.figure")
REPOSITORY = Path(__file__).resolve().parent.parent


def command(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command line of nlpkit, typed in a folder where it finds plugins."""
    paths = [str(folder), str(REPOSITORY)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "OMP_NUM_THREADS": "1", **environment}
    with tempfile.TemporaryDirectory() as said:
        streams = [Path(said, "out"), Path(said, "err")]
        asked = {"folder": str(folder), "arguments": arguments, "env": env, "streams": [*map(str, streams)]}
        parent = _parent()
        assert parent.stdin and parent.stdout
        parent.stdin.write(json.dumps(asked).encode() + b"\n")
        parent.stdin.flush()
        code = int(parent.stdout.readline())
        return subprocess.CompletedProcess(
            ["nlpkit", *arguments], code, *[each.read_text(encoding="utf-8") for each in streams]
        )


@cache
def _parent() -> subprocess.Popen[bytes]:
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    started = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**env, "OMP_NUM_THREADS": "1"},
    )
    atexit.register(started.communicate)
    return started


def _serve() -> None:
    """Fork for each command line that is asked for, and tell how it ended; in the fork, it is run."""
    for module in SLOW:
        import_module(module)
    for line in sys.stdin:
        if not (child := os.fork()):
            _become(**json.loads(line))
            break
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _become(folder: str, arguments: list[str], env: dict[str, str], streams: list[str]) -> None:
    """What `python -m nlpkit` is from its first line on."""
    for number, path in enumerate((os.devnull, *streams)):
        file = os.open(path, os.O_RDWR | os.O_CREAT)
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    sys.path[:1] = [folder, *env["PYTHONPATH"].split(os.pathsep)]
    sys.argv[1:] = arguments
    runpy.run_module("nlpkit", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _serve()
