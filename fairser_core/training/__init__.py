"""Training of one trial, its state and its evaluation."""
