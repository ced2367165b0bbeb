"""Values that a space may hold."""

Value = float | int | str | bool
