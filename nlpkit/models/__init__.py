"""A trained model that takes raw text, and its bundle on disk."""

__all__ = ["bundle", "model", "pool", "saved", "text_model", "weights"]
