"""Tasks: each is one object that answers all that a search asks of what is learned."""
