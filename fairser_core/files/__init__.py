"""Files of users, opened in one place: read right, or named with the rule that they break."""
