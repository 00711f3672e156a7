"""Which of several processes this one is, where torchrun has started them: from what it leaves in the
environment.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from ipaddress import ip_address


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
