"""Labels as they are written, and the rules that find likely mistakes in them."""

__all__ = ["names", "several", "spellings", "values"]
