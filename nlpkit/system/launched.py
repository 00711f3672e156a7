"""Which of several processes this one is, where torchrun has started them: from what it leaves in the
environment.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

NODES: Final = "NLPKIT_NODES"  # in the environment of processes that --nodes has started: what it was given


@dataclass(frozen=True)
class Launch:
    """Process `rank` of `size`, both counted over all machines, and `local_rank` on this one. They meet at
    `address`.
    """

    rank: int
    size: int
    local_rank: int
    address: str

    @property
    def on_one_machine(self) -> bool:
        """Whether all of them meet on the loopback device, and so are on this machine."""
        if self.address == "localhost":
            return True
        try:
            return ip_address(self.address).is_loopback
        except ValueError:  # the name of a machine
            return False


def how_to_go_on(command: str) -> str:
    """How a command that resumes is to be started, so that as many processes go on as have begun."""
    if nodes := os.environ.get(NODES):
        return f"{command} --nodes {nodes}"
    if launched():
        return "the same torchrun command, which --max-restarts repeats by itself"
    return command


def launched() -> Launch | None:
    """Where torchrun has started this process, which one it is."""
    found = os.environ
    if "TORCHELASTIC_RUN_ID" not in found:
        return None
    try:
        rank, size, local_rank = (int(found[name]) for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"))
        return Launch(rank, size, local_rank, found["MASTER_ADDR"])
    except (KeyError, ValueError):  # somebody has changed it
        return None
