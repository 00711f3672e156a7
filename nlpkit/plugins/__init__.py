"""Finding and loading plugins, and which component a name stands for."""

__all__ = ["builtin", "catalogue", "finding", "hooks", "isolation", "loading", "providers", "registry"]
