"""Options of the machine that trials run on."""

from dataclasses import dataclass, fields

from search.planning.failures import MAX_FAILURES
from search.terminal.credentials import check_address


@dataclass(frozen=True)
class MachineOptions:
    """Options of the machine that trials run on.

    Attributes:
        concurrent: most trials at once; None for as many as fit.
        cpus_per_trial: CPU cores of a trial.
        gpus_per_trial: GPUs of a trial; None for one where the cluster has any.
        max_failures: most restarts of a trial without a new epoch in between.
        address: address of a running Ray cluster; None to start one on this machine.
        wait_for_nodes: whether to wait for the cluster, and for a node on which a trial fits.
    """

    concurrent: int | None = None
    cpus_per_trial: float = 1.0
    gpus_per_trial: float | None = None
    max_failures: int = MAX_FAILURES
    address: str | None = None
    wait_for_nodes: bool = False

    def __post_init__(self) -> None:
        """Refuse an address whose credentials could be shown."""
        if self.address:
            check_address(self.address)


@dataclass(frozen=True)
class MachineChanges:
    """Options of the machine that a command line gives; None where it gives none."""

    concurrent: int | None = None
    cpus_per_trial: float | None = None
    gpus_per_trial: float | None = None
    max_failures: int | None = None
    address: str | None = None
    wait_for_nodes: bool | None = None

    @classmethod
    def names(cls) -> list[str]:
        """Return the names of the options."""
        return [f.name for f in fields(cls)]
