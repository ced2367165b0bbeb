"""Data of sweeps: reading, counting and recording of corpora."""
