"""A member of a front becomes a bundle that predicts without search."""
