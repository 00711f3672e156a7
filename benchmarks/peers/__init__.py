"""The contenders: one script each, all with the protocol of `protocol.py`."""
