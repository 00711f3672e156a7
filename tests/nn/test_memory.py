"""Memory that a process frees and wants again."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

CODE = """
import ctypes, sys, torch
from nlpkit.nn.memory import keep_freed

class Info(ctypes.Structure):
    _fields_ = [(f"field{place}", ctypes.c_size_t) for place in range(10)]

def mapped():
    libc.mallinfo2.restype = Info
    return libc.mallinfo2().field4  # hblkhd: bytes of allocations that have a mapping of their own

libc = ctypes.CDLL(None)
if sys.argv[1] == "kept":
    keep_freed()
before = mapped()
tensor = torch.empty(16 << 20, dtype=torch.uint8)
print(mapped() - before)
"""


def mapped(what: str) -> int:
    told = subprocess.run([sys.executable, "-c", CODE, what], capture_output=True, text=True, check=True)
    return int(told.stdout)


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="the threshold is glibc's"
)
def test_what_a_step_allocates_comes_from_memory_that_is_kept() -> None:
    assert (mapped("kept"), mapped("given back") >= 16 << 20) == (0, True)
