"""Names of the rules that pick a member of a front."""

KNEE, FAIREST, MOST_ACCURATE = "knee", "fairest", "most-accurate"
FAIREST_WITHIN = "fairest-within"
RULE_NAMES = (KNEE, FAIREST, MOST_ACCURATE)
"""Rules that take no tolerance."""
DEFAULT = FAIREST_WITHIN
"""Rule of every command that is given none."""
ALL = "all"
"""Choice of all members."""
TOLERANCE = 0.02  # accuracy that may be given up for fairness
