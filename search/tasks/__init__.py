"""What is learned: each task is one object that answers all that a search asks of it."""
