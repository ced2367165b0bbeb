"""Presentation of a front: tables, pictures, the live screen."""
