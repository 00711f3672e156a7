"""Text classifiers as scikit-learn has its estimators."""

__all__ = ["classifier", "parameters", "targets"]
