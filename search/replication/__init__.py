"""Candidates of a front, trained again with fresh seeds and tested once."""
