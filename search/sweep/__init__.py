"""State of a sweep. Nothing here imports Ray."""
