"""Files of a sweep, which survive a kill."""
