"""Chapters of a report, one a file."""
