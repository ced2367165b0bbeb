"""Planning: what to train next and what to stop, as pure functions of the log."""
