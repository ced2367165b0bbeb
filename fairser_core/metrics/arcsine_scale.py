"""Scale on which the error of a metric hardly depends on its value."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ArcsineScale:
    """The scale of 2 arcsin √((θ - a) / (b - a)); θ itself without a range."""

    range: tuple[float, float] | None

    def there(self, values: Floats) -> Floats:
        """Return values on this scale."""
        if self.range is None:
            return values
        least, most = self.range
        shares = np.clip((values - least) / (most - least), 0.0, 1.0)  # rounded sums may be beyond
        return np.asarray(2 * np.arcsin(np.sqrt(shares)))

    def back(self, value: float) -> float:
        """Return a value of this scale as one of the metric, within its range."""
        if self.range is None:
            return value
        least, most = self.range
        return least + (most - least) * float(np.sin(np.clip(value, 0.0, np.pi) / 2) ** 2)

    def steepness(self, value: float) -> float:
        """Return the derivative of the scale at a value of the metric inside its range."""
        if self.range is None:
            return 1.0
        least, most = self.range
        return float(((value - least) * (most - value)) ** -0.5)
