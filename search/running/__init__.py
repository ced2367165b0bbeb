"""Runs of sweeps with their views."""
