"""Ray Tune: trials run here, and nothing else imports Ray."""
