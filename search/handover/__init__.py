"""Bundles of front members, which predict without the package `search`."""
