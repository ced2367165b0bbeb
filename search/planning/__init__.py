"""Plans of the next trials and of early stopping, as pure functions of the log."""
