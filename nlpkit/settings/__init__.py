"""What settings are: types, rules, tables in files, and words about them."""

__all__ = ["checks", "described", "hints", "tables", "values", "walk"]
