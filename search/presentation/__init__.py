"""A front for people: tables, pictures, the live screen."""
