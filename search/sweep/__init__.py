"""State of a sweep, without Ray."""
