"""Docstrings by the rules that a program can hold; ruff has the imperative mood."""

import ast
import re

import pytest

from tests.support import ROOT

FILES = sorted((*(ROOT / "search").rglob("*.py"), *(ROOT / "fairser_core").rglob("*.py")))
PRONOUNS = {"It", "What", "Which", "Who", "Whom", "Whose", "How", "They", "He", "She", "We", "You"}
VERBS = {"Tell", "Say", "Hear", "Tells", "Says", "Hears"}
MOST_WORDS = 45  # of a sentence
Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def faults(text: str) -> list[str]:
    """Return what is wrong with a docstring."""
    first = text.split(maxsplit=1)[0].strip("`*.,")
    wrong = [f"begins with {first!r}"] if first in PRONOUNS | VERBS else []
    prose = re.split(r"\n\s*(?:Args|Returns|Raises|Attributes|Yields):|::\n|>>>", text)[0]
    for paragraph in prose.split("\n\n"):
        for sentence in re.split(r"[.;:?!]\s", " ".join(paragraph.split())):
            if len(sentence.split()) > MOST_WORDS:
                wrong.append(f"a sentence of {len(sentence.split())} words: {sentence[:60]}...")
    if text.rstrip()[-1] not in ".:)`>\"'" and "\n" not in text.strip():
        wrong.append("no full stop at the end")
    return wrong


def test_docstrings_begin_with_a_verb_or_noun_in_sentences_of_a_length() -> None:
    wrong = []
    for path in FILES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, Documented) and (text := ast.get_docstring(node)):
                name = f"{path.relative_to(ROOT)}: {getattr(node, 'name', 'module')}"
                wrong += [f"{name}: {fault}" for fault in faults(text)]
    assert not wrong


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("What a model said.", "begins with 'What'"),
        ("Tell the models.", "begins with 'Tell'"),
        ("Return the models", "no full stop"),
        ("Return " + "very " * 50 + "long models.", "a sentence of 53 words"),
    ],
)
def test_a_fault_is_seen(text: str, fault: str) -> None:
    (found,) = faults(text)
    assert found.startswith(fault)
