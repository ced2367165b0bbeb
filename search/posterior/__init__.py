"""One posterior of a search: chooses its front, states claims, and plans what is trained next."""
