"""Names of the samplers of new values."""

from typing import Literal

SamplerName = Literal["posterior", "tpe", "gp", "random"]
SAMPLERS: tuple[SamplerName, ...] = ("posterior", "tpe", "gp", "random")
POSTERIOR: SamplerName = "posterior"
"""Name of the choice by `Planner`, of new values and of further seeds alike."""
