"""Models as ONNX graphs, with a loader that needs neither nlpkit nor torch."""

__all__ = ["export", "loader", "shrinking"]
