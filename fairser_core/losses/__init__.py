"""Losses, distances between groups, and gradient projection."""
