"""Lanes: replicas of a network trained side by side, and their random streams."""
