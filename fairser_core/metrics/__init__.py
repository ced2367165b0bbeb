"""Accuracy and fairness of predictions, in numpy alone.

A metric is a function of predictions, in `activation` or `emotion`, and a row in the table beside
it. Nothing else names it: searches, tables, figures and pages ask the table.
"""
