"""What a run leaves on its way, so that it can go on after it was stopped."""

__all__ = ["begun", "finished", "notes", "place", "state", "store"]
