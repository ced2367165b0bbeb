"""Presentation of a front: tables, pictures and the live screen."""
