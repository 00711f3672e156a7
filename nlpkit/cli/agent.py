"""python -m nlpkit.cli.agent NODES PROCESSES ENDPOINT WORDS...: torchrun's agent of one node.

It is torchrun without its pages on a process that has failed, of which the first process has said why. It
leaves with the exit code of that one, or with 1.
"""

from __future__ import annotations

import logging
import os
import sys
from typing import Final

from nlpkit.system.forking import end_with

_SECONDS_TO_STOP: Final = 5


def main(nodes: int, processes: int, endpoint: str, words: list[str]) -> int:
    """Start the processes of a node, and give their exit code once they have ended."""
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.elastic.rendezvous.api import RendezvousError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    end_with(os.getppid())
    logging.disable()
    host, _, _ = endpoint.rpartition(":")
    config = LaunchConfig(
        min_nodes=nodes,
        max_nodes=nodes,
        nproc_per_node=processes,
        run_id=endpoint,
        rdzv_backend="c10d",
        rdzv_endpoint=endpoint,
        max_restarts=0,
        local_addr=host,
        shutdown_timeout=_SECONDS_TO_STOP,
    )
    try:
        elastic_launch(config, sys.executable)("-m", "nlpkit", *words)
    except ChildFailedError as error:
        code = error.failures[0].exitcode if 0 in error.failures else 1
        return 128 - code if code < 0 else code
    except SignalException as error:
        return 128 + int(error.sigval)
    except RendezvousError:  # the node that was asked is gone, which another one says
        return 1
    return 0


if __name__ == "__main__":
    nodes, processes, endpoint, *words = sys.argv[1:]
    sys.exit(main(int(nodes), int(processes), endpoint, words))
