"""From audio to feature arrays, cached on disk."""
