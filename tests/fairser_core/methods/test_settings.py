import dataclasses

import pytest

from fairser_core.methods import METHODS, Dnn, FairPer
from fairser_core.methods.settings import defaults, make


@pytest.mark.parametrize("name", METHODS)
def test_every_setting_has_a_default_that_it_is_made_with(name: str) -> None:
    kind = METHODS[name]
    assert make(kind, defaults(kind)) == kind()
    assert len(defaults(kind)) == len(dataclasses.fields(kind))


def test_a_keyword_of_python_is_a_setting_of_that_name() -> None:
    assert make(FairPer, {"lambda": 0.3, "margin": 2.0}) == FairPer(lambda_=0.3, margin=2.0)
    assert defaults(FairPer)["lambda"] == FairPer().lambda_
    with pytest.raises(ValueError, match="`lambda` must be >= 0, got -1"):
        make(FairPer, {"lambda": -1.0})


def test_what_is_no_setting_is_refused() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'lambda_'"):
        make(Dnn, {"lambda": 0.3})
