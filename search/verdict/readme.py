"""README.md in a sweep's folder: the verdict, the commands that follow, and the files."""

from search.presentation.markup import code, escape
from search.verdict.verdict import Verdict

NAME = "README.md"
FILES = {
    "front.html": "the front as a page",
    "front.csv": "the front's members, a row each",
    "front.json": "the front with all its points, for programs",
    "front.png": "the front as a picture",
    "trials.jsonl": "the log of all trials, of which all else is made",
}


def readme(name: str, verdict: Verdict) -> str:
    """Return the README of a sweep as Markdown.

    Args:
        name: name of the sweep.
        verdict: verdict on the sweep.
    """
    kind = f"**{verdict.kind.value[:1].upper()}{verdict.kind.value[1:]}.**"
    first, *others = verdict.sentences
    sentences = " ".join([f"{first[:1].upper()}{first[1:]}", *others])
    lines = [f"# {escape(name)}\n", f"{kind} {escape(sentences)}\n"]
    if verdict.commands:
        lines += ["```", *verdict.commands, "```\n"]
    lines += [f"- {code(file)}: {what}" for file, what in FILES.items()]
    return "\n".join(lines) + "\n"
