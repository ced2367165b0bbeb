"""Command lines that several commands share."""
