"""Pareto front of a sweep: its candidates, their uncertainty, and choices among them."""
