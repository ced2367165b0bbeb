"""Work of the commands, one module each; a command line is parsed before it is imported."""
