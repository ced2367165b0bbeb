"""Search spaces: from TOML to a checked space."""
