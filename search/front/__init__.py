"""The Pareto front: which configurations are best, and how sure that is."""
