"""Losses, distances between groups, and operations on gradients."""
