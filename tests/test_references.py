"""Each paper cited in code or documents stands in the references, and the reverse."""

import re

from tests.support import ROOT

CITED = re.compile(
    r"\b((?:De-|Der)?[A-Z][a-zé]+)(?:\s+(?:et\s+al\.|(?:&|and)\s+[A-Z][a-zé]+))?,?\s+\(?((?:19|20)\d\d)\b(?!-\d\d)"
)
VENUES = {"Interspeech", "Society", "Learning"}


def references() -> set[tuple[str, str]]:
    """First author and year of each reference."""
    listed = (ROOT / "docs" / "references.md").read_text()
    return set(re.findall(r"^- ([\w-]+).*?\((\d{4})\)\.", listed, flags=re.MULTILINE | re.DOTALL))


def test_every_citation_has_its_reference_and_every_reference_is_cited() -> None:
    files = [path for part in ("fairser_core", "search") for path in (ROOT / part).rglob("*.py")]
    files += [path for path in (ROOT / "docs").rglob("*.md") if path.name != "references.md"]
    files += [ROOT / "README.md", ROOT / "benchmarks" / "README.md"]
    texts = [path.read_text() for path in files]
    cited = {result for text in texts for result in CITED.findall(text) if result[0] not in VENUES}
    assert cited - references() == set()
    # papers of methods are cited as data
    papers = set(re.findall(r'authors=\("(\w+)".*?year=(\d{4})', "".join(texts), flags=re.DOTALL))
    assert references() - cited - papers == set()
