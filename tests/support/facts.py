"""Facts of sweeps that were never run."""

from search.corpus.facts import InputFacts
from search.sweep.facts import SweepFacts
from search.tasks.facts import CorpusFacts


def made_inputs(corpus: str = "made", notes: tuple[str, ...] = ()) -> InputFacts:
    """Return the facts of a corpus without audio."""
    facts = CorpusFacts(
        name=corpus,
        fingerprint=f"print of {corpus}",
        notes=notes,
        utterances={"train female": 1200, "train male": 3},
    )
    return InputFacts(facts, None, {})


def made_facts(name: str, space: str = "adversarial") -> SweepFacts:
    """Return the facts of a sweep on such a corpus."""
    return SweepFacts(name, f"id of {name}", space, made_inputs(), versions={"python": "3.11"})
