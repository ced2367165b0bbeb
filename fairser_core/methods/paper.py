"""Papers that methods are from. A paper of one method alone stands in the file of that method."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Paper:
    """A publication.

    Attributes:
        authors: surnames, in the order of the paper.
        year: of publication.
        title: as printed; the English one where there are several.
        venue: conference with pages, journal, or preprint number; empty where not known.
        link: address of the publication; empty where not known.
    """

    authors: tuple[str, ...]
    year: int
    title: str
    venue: str = ""
    link: str = ""

    @property
    def name(self) -> str:
        """Authors and year as in a text: `Chien & Lee (2023)`, `Zemel et al. (2013)`."""
        first, *others = self.authors
        rest = f" & {others[0]}" if len(others) == 1 else " et al." if others else ""
        return f"{first}{rest} ({self.year})"

    def __str__(self) -> str:
        """Return the citation."""
        parts = (f"{', '.join(self.authors)} ({self.year})", self.title, self.venue, self.link)
        return ". ".join(part for part in parts if part)


GORROSTIETA_2019 = Paper(
    authors=("Gorrostieta", "Lotfian", "Taylor", "Brutti", "Kane"),
    year=2019,
    title="Gender De-Biasing in Speech Emotion Recognition",
    venue="Interspeech 2019, pp. 2823-2827",
    link="https://doi.org/10.21437/Interspeech.2019-1708",
)
CHIEN_LEE_2023 = Paper(
    authors=("Chien", "Lee"),
    year=2023,
    title="A Two-Stage Learning Strategy for Fair Speech Emotion Recognition",
)
