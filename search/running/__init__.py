"""A sweep run with its views."""
