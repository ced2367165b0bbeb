"""Forward passes: networks as functions of their parameters."""
