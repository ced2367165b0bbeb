"""Search spaces: TOML files, read and checked."""
