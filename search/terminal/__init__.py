"""Terminal: prints of the commands, their exit status and their signals."""
