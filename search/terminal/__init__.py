"""Terminal: what commands print, and how they end."""
