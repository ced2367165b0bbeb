"""Options of a sweep, written to sweep.json and read again."""

import json
from pathlib import Path

import pytest

from search.arguments.run_options import RunOptions

GIVEN = [
    {},
    {"seed": 0, "check_seeds": 0, "max_failures": 0, "gpus_per_trial": 0.0, "threshold": 0.0},
    {"seed": 3, "max_failures": 5, "gpus_per_trial": 0.25, "cpus_per_trial": 2.0},
    {"corpus": "manifest", "corpus_dir": Path("/data/t.csv"), "scale": (-1.0, 1.0)},
    {"smoke": True, "skip_broken": True, "pretrained": Path("/models/a.pt"), "name": "x"},
]


@pytest.mark.parametrize("given", GIVEN)
def test_options_are_read_as_they_were_given(given: dict) -> None:
    options = RunOptions().changed(given)
    written = options.to_json()
    assert RunOptions.from_json(json.loads(json.dumps(written))) == options
    for name, value in given.items():
        assert written[name] == (str(value) if isinstance(value, Path) else value)


def test_an_option_is_read_by_its_earlier_name() -> None:
    options = RunOptions.from_json({"corpus": "demo", "checkpoint": "/models/a.pt"})
    assert options.corpus.pretrained == Path("/models/a.pt")
