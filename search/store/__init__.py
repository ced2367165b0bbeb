"""Files of a sweep that survive a kill."""
