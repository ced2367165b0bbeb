"""Error of a Ray cluster."""

from search.terminal.console import CommandError


class ClusterError(CommandError):
    """Error of a cluster that cannot be reached, cannot run one trial, or ended."""
