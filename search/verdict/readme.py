"""README.md of a sweep, with the verdict and the commands that follow, and of all results."""

from search.presentation.markup import code, escape
from search.presentation.wording import sentence_case
from search.verdict.verdict import Verdict

NAME = "README.md"
FILES = {
    "front.html": "the front as a page",
    "front.csv": "the front's members, a row each",
    "front.json": "the front with all its points, for programs",
    "front.png": "the front as a picture",
    "trials.jsonl": "the log of all trials, of which all else is made",
}


RESULTS = """# Results of fairser

Each folder with a `sweep.json` is a sweep; its `README.md` has the verdict and what follows.
`baseline-...` and `stage1-...` are what sweeps were held to or built on, trained once and shared.

- `SWEEP/replication/`: members trained again with fresh seeds, and their test
- `SWEEP/exports/`: bundles that predict without the search
- `reports/`: reports on sweeps
- `mlflow.db`, `mlartifacts/`: the same in MLflow

```
fairser list --results .
fairser show SWEEP --results .
fairser run --resume SWEEP --results .
mlflow ui --backend-store-uri sqlite:///mlflow.db
```
"""
"""README of a results folder, in which its commands are typed."""


def readme(name: str, about: str, verdict: Verdict) -> str:
    """Return the README of a sweep as Markdown.

    Args:
        name: name of the sweep.
        about: sentence on space, corpus and trials.
        verdict: verdict on the sweep.
    """
    kind = f"**{sentence_case(verdict.kind.value)}.**"
    first, *others = verdict.sentences
    sentences = " ".join([sentence_case(first), *others])
    lines = [f"# {escape(name)}\n", f"{kind} {escape(sentences)}\n"]
    if verdict.commands:
        lines += ["```", *verdict.commands, "```\n"]
    lines += [f"{escape(about)}\n"]
    lines += [f"- {code(file)}: {what}" for file, what in FILES.items()]
    return "\n".join(lines) + "\n"
