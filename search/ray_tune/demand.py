"""Demand for resources, which an autoscaler sees and meets with nodes."""

import contextlib
from types import TracebackType

from ray.util.placement_group import (
    PlacementGroup,
    placement_group,
    placement_group_table,
    remove_placement_group,
)

from search.ray_tune.cluster import Resources


class Demand:
    """Demand for the resources of further trials.

    A trial that waits for a node would be one whose values were chosen too early. A placement group
    waits in its stead, and is removed as soon as it is placed. All end with the driver.
    """

    def __init__(self, need: Resources) -> None:
        """Demand nothing yet.

        Args:
            need: resources of each trial.
        """
        self._bundle = {"CPU": need.cpus, **({"GPU": need.gpus} if need.gpus else {})}
        self._groups: list[PlacementGroup] = []

    def __enter__(self) -> "Demand":
        """Return the demand."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Demand nothing any more."""
        self.clear()

    def keep(self, trials: int) -> None:
        """Demand the resources of a number of trials, and free those that are there."""
        for group in [g for g in self._groups if _is_placed(g)]:
            self._remove(group)
        while len(self._groups) > trials:
            self._remove(self._groups[-1])
        while len(self._groups) < trials:
            self._groups.append(placement_group([self._bundle]))

    def clear(self) -> None:
        """Demand nothing any more."""
        with contextlib.suppress(Exception):  # Ray may have ended, and the demand with it
            for group in list(self._groups):
                self._remove(group)

    def _remove(self, group: PlacementGroup) -> None:
        self._groups.remove(group)
        remove_placement_group(group)


def _is_placed(group: PlacementGroup) -> bool:
    return bool(placement_group_table(group)["state"] == "CREATED")
