"""What the data hold: a corpus read, counted and recorded."""
