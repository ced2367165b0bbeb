"""A sweep's state. Nothing here imports Ray."""
