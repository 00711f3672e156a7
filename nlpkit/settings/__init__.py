"""What settings are: types, rules, tables in files, and words about them."""

__all__ = ["checks", "described", "given", "hints", "tables", "values", "walk"]
