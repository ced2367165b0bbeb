"""Members of fronts as bundles, which predict without search."""
