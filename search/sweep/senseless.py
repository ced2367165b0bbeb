"""Settings that make no sense for the data, noted before anything is trained."""

from fairser_core.datasets.data import Data
from search.space.domains import domain_table
from search.space.space import Space

STEPS = 4  # of an epoch, that the advice gives


def senseless(space: Space, data: Data) -> list[str]:
    """Return a sentence on each setting that makes no sense for the data.

    Args:
        space: space that is searched.
        data: arrays that it learns from.
    """
    rows, unit = data.training_rows()
    values = [space.fixed["batch"]] if "batch" in space.fixed else []
    if "batch" in space.search:
        table = domain_table(space.search["batch"])
        values = table.get("choices", [table.get("low"), table.get("high")])
    large = [value for value in values if isinstance(value, int | float) and value >= rows]
    if not large:
        return []
    sizes = ", ".join(f"{value:g}" for value in large)
    return [
        f"a batch of {sizes} holds all {rows} {unit} to train on, so that an epoch is a single "
        "step: "
        f"--set batch={smaller_batch(rows)} makes {STEPS} of it"
    ]


def smaller_batch(rows: int) -> int:
    """Return the size of a batch with which an epoch has a few steps.

    Args:
        rows: number of rows to train on.
    """
    return max(rows // STEPS, 2)
