"""The chosen trained again with fresh seeds and tested once."""
