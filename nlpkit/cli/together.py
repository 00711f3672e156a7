"""Verbs that train in several processes: those that torchrun has started, or that --nodes starts here."""

from __future__ import annotations

import functools
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any, Final

import click

from nlpkit.cli.output import complain
from nlpkit.errors import ConfigError, LostError, NlpkitError
from nlpkit.system.forking import cores
from nlpkit.system.launched import NODES, Launch, launched
from nlpkit.system.terminal import counted

_NODES: Final = re.compile(r"([1-9][0-9]{0,2})(?:x([1-9][0-9]{0,2}))?")
_HERE: Final = "127.0.0.1"
_SIGNAL: Final = 128  # of an exit code: above it is the signal that has ended a process
_QUIET: Final = {"TORCH_CPP_LOG_LEVEL": "ERROR", "TORCH_DISABLE_SHARE_RDZV_TCP_STORE": "1"}

nodes_option = click.option(
    "--nodes",
    metavar="N[xM]",
    help="Train with N processes on this machine, started by torchrun as N machines of a cluster would start "
    "them; or NxM: N of M processes each.",
)


def trains_together(verb: Callable[..., None]) -> Callable[..., None]:
    """A verb that trains. Of the processes that torchrun has started, the first one does what it does, and
    the others train with that; with --nodes it starts some.
    """

    @functools.wraps(verb)
    def started(*, nodes: str | None, **options: Any) -> None:
        launch = launched()
        if nodes is not None:
            _start(nodes, launch)
        elif launch and launch.rank:
            _follow()
        elif launch:
            from nlpkit.runs.together import together

            with together():
                verb(**options)
        else:
            verb(**options)

    return started


def _follow() -> None:
    """Train with the first process, which says what goes wrong here as well."""
    from nlpkit.cli.guard import stdout_for_results
    from nlpkit.runs.together import together
    from nlpkit.system.stopping import held_back

    try:
        # after a signal, the first one keeps what there is
        with stdout_for_results(), held_back(), together():
            pass
    except LostError:
        sys.exit(1)
    except NlpkitError as error:
        sys.exit(error.exit_code)
    except KeyboardInterrupt as error:
        sys.exit(128 + getattr(error, "number", signal.SIGINT))


def _start(nodes: str, launch: Launch | None) -> None:
    """Start this command line once more in several processes, and leave with the exit code of the first."""
    if launch is not None:
        raise ConfigError("--nodes starts torchrun, which has started this", hint="leave it out")
    found = _NODES.fullmatch(nodes)
    if not found:
        raise ConfigError(
            f"--nodes {nodes!r} is no number of nodes", hint="for example: --nodes 2, or --nodes 1x2"
        )
    context = click.get_current_context()
    verb, typed = context.info_name or "run", context.meta["nlpkit.words"]
    words = _without_nodes(typed)
    if (count := int(found[1]) * int(found[2] or 1)) > cores():
        complain(f"note: {count} processes share {counted(cores(), 'core')}")
    agents = [
        subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "nlpkit.cli.agent", *each],
            env={**os.environ, **_QUIET, NODES: nodes},
            start_new_session=True,  # Ctrl-C is for this process, which tells them
        )
        for each in _agents(int(found[1]), int(found[2] or 1), [verb, *words])
    ]
    try:
        codes = [agent.wait() for agent in agents]
    except KeyboardInterrupt as error:  # what it has come to, the first process says
        for agent in agents:
            agent.terminate()
        for agent in agents:
            agent.wait()
        raise click.exceptions.Exit(128 + getattr(error, "number", signal.SIGINT)) from None
    if any(code < 0 or code > _SIGNAL for code in codes):
        going_on = [] if verb == "resume" or "--resume" in typed else ["--resume"]
        again = shlex.join(["nlpkit", verb, *typed, *going_on])
        raise LostError(
            "the first process was killed, or what had started it",
            hint=f"it may have lacked memory; go on with\n  {again}",
        )
    if any(codes):
        raise click.exceptions.Exit(max(codes))


def _agents(nodes: int, processes: int, words: Sequence[str]) -> list[list[str]]:
    """What each node's agent is told: how many there are, where they meet, and the command line."""
    with socket.socket() as free:
        free.bind((_HERE, 0))
        port = free.getsockname()[1]
    return [[str(nodes), str(processes), f"{_HERE}:{port}", *words] for _ in range(nodes)]


def _without_nodes(words: Sequence[str]) -> list[str]:
    kept = list(words)
    for place, word in enumerate(words):
        if word == "--nodes":
            return [*kept[:place], *kept[place + 2 :]]
        if word.startswith("--nodes="):
            return [*kept[:place], *kept[place + 1 :]]
    return kept
