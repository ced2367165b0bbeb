"""How trials are searched: commands are verbs, parts are nouns."""
