"""One trial: what a way of making speech emotion recognition fair is made of."""
