"""What is learned: arrays, splits and groups made from a corpus and its features."""
