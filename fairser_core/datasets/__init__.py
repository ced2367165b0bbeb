"""Arrays, splits and groups made from a corpus and its features."""
