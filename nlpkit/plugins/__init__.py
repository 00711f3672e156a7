"""Finding and loading plugins, and which component a name stands for."""

__all__ = [
    "builtin",
    "catalogue",
    "finding",
    "footprint",
    "hooks",
    "importing",
    "isolation",
    "judging",
    "leftovers",
    "loading",
    "providers",
    "registry",
    "state",
    "trial",
    "verdicts",
]
