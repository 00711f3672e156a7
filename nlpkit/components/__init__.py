"""The kinds of components, and the settings of those in the box; free of torch."""

__all__ = ["collators", "datasets", "embedding", "encoders", "engines", "kinds", "tokenizers", "trainers"]
