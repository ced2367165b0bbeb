"""The seam between datasets and training: batches, predictions, metrics."""
