"""Courses: all that training asks of a task, its lanes, batches, predictions and metrics."""
