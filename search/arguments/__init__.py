"""Options of the commands, and their arguments."""
