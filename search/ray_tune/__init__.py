"""Trials on Ray Tune. Nothing else imports Ray."""
