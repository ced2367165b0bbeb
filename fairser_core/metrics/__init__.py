"""Accuracy and fairness of predictions, in numpy alone."""
