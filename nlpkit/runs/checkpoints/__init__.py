"""What a run leaves on its way, so that it can go on after it was stopped."""
