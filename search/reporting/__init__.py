"""A page on sweeps: its chapters, tables and figures."""
