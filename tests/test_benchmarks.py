"""What the benchmarks claim, as slow tests."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


def benchmark(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_the_demo_corpus_shows_what_the_paper_says(capsys: pytest.CaptureFixture[str]) -> None:
    bias = benchmark("bias")
    verdicts = bias.claims(bias.rows(seeds=5))
    with capsys.disabled():
        for claim in verdicts:
            print(f"\n{claim.holds} {claim.text}: {claim.figures}", end="")  # noqa: T201
    assert all(claim.holds for claim in verdicts)
