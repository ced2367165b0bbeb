"""Verdict: what a sweep came to, in words, with the commands that follow from it."""
