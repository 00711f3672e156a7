"""The training loop and its parts: settings, optimizers, the team of workers, reports and states."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
