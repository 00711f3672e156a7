"""Datasets as they are read: texts, labels, splits and what is odd about them."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
