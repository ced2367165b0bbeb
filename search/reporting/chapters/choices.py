"""Chapter on what was chosen from the front, tested and exported, and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from fairser_core.documents import read_json
from search.front.fresh import judged
from search.front.front import Front
from search.front.names import plural, point_name
from search.front.pick import RULES, PickError, pick, within
from search.front.rule_names import DEFAULT, TOLERANCE
from search.presentation.wording import REFUTED, marked_names, refuted_sentence
from search.replication.member_tests import tests_of_members
from search.reporting.blocks import Block, Chapter, Heading, Table, Words
from search.reporting.comparable_sweeps import headed
from search.reporting.empty_cells import explained
from search.reporting.sweep_source import Source
from search.store.storage import Storage, StorageError
from search.verdict.subject import MemberTest

EXPORTS, BUNDLE = "exports", "bundle.json"
NOT_DONE = "-"
REASONS = {
    DEFAULT: f"the fairest that gives up at most {TOLERANCE:g} of the baseline's accuracy",
    "knee": "the best compromise: farthest below the line through the ends of the front",
    "fairest": "the best in fairness, whatever it costs",
    "most-accurate": "the best in accuracy, whatever its gap",
}
"""Why each rule chooses its member."""
NEAREST = f"the most accurate, as none is within {TOLERANCE:g} of the baseline's accuracy"
"""Why the default rule chooses its member where none is accurate enough."""


@dataclass(frozen=True)
class Export:
    """Bundle in a sweep's folder.

    Attributes:
        member: name of the member.
        picked: rule or name by which it was chosen.
        seed: seed of the model.
        files: folder of the bundle in the sweep's folder.
    """

    member: str
    picked: str
    seed: int
    files: str


def choices_chapters(sources: Sequence[Source]) -> list[Chapter]:
    """Return the chapter: the verdict on each sweep, and its chosen members."""
    blocks: list[Block] = []
    for source in sources:
        if source.front.members:
            blocks += [Heading(source.sweep.name)] if headed(sources) else []
            blocks += _choices(source)
    return [Chapter("What was chosen, tested and exported, and why", blocks)]


def _choices(source: Source) -> list[Block]:
    chosen = _rules_of_members(source)
    tests = tests_of_members(source.sweep)
    exports = list(exported(source.sweep.folder))
    rows, data = [], []
    shown = source.front.members
    for point, marked in zip(shown, marked_names(source.front), strict=True):
        name = point_name(point)
        rules = chosen.get(name, [])
        bundles = [export for export in exports if export.member == name]
        if not (rules or bundles or name in tests):
            continue
        why = "; ".join(_reason(source.front, rule) for rule in rules) or "by name"
        test, objectives = tests.get(name), source.front.objectives
        means = judged(point)
        values = [f"{means[metric]:.3f}" for metric in objectives]
        rows.append([marked, why, *values, _test_text(test, objectives), _exports_text(bundles)])
        data.append(
            {
                "member": name,
                "rules": ", ".join(rules),
                **{metric: means[metric] for metric in objectives},
                "tested": test.time if test else "",
                "exported": ", ".join(export.files for export in bundles),
            }
        )
    name = source.sweep.name
    columns = ["member", "chosen as", *source.front.objectives, "on test data", "exported"]
    gone = sorted({e.member for e in exports} - {point_name(p) for p in source.front.members})
    table = Table(
        f"choices {name}",
        f"{name}: the members that the rules choose, and those that were tested or exported. "
        "Objectives are of validation data, by all seeds of a member, fresh ones among them.",
        columns,
        rows,
        explained(
            pd.DataFrame(data),
            {"rules": "chosen by name", "tested": "not tested", "exported": "not exported"},
        ),
    )
    marks = any(row[0].endswith(REFUTED) for row in rows)
    notes = [f"{refuted_sentence(source.front)}."] if marks else []
    words = [f"Exported, and no longer on the front: {', '.join(gone)}."] if gone else []
    return [Words(_sentence(exports, tests)), table, *map(Words, notes + words)]


def _reason(front: Front, rule: str) -> str:
    """Return why a rule chooses its member, as a line."""
    near = rule != DEFAULT or within(front, TOLERANCE)
    return f"{rule}: {REASONS[rule] if near else NEAREST}"


def _rules_of_members(source: Source) -> dict[str, list[str]]:
    """Return the rules that choose each member, the default rule first."""
    chosen: dict[str, list[str]] = {}
    for rule in dict.fromkeys([DEFAULT, *RULES]):
        try:
            chosen.setdefault(point_name(pick(source.front, rule)), []).append(rule)
        except PickError:  # the front has no such member
            continue
    return chosen


def _sentence(exports: Sequence[Export], tests: Mapping[str, MemberTest]) -> str:
    """Return what was done with the members so far."""
    tested = f"tested: {', '.join(tests)}" if tests else "none was tested on test data"
    members = list(dict.fromkeys(export.member for export in exports))
    handed = f"exported: {', '.join(members)}" if members else "none was exported"
    untested = [member for member in members if member not in tests]
    warning = f" Exported without a test: {', '.join(untested)}." if untested else ""
    return f"Of the front's members, {tested}; {handed}.{warning}"


def _test_text(test: MemberTest | None, objectives: Sequence[str]) -> str:
    if test is None:
        return "not tested"
    means = [f"{name} {test.means[name]:.3f}" for name in objectives if name in test.means]
    return f"{', '.join(means)}; {plural(test.seeds, 'fresh seed')}, {test.time[:10]}"


def _exports_text(exports: Sequence[Export]) -> str:
    texts = [f"{e.files} (seed {e.seed}, picked as {e.picked})" for e in exports]
    return "; ".join(texts) or NOT_DONE


def exported(folder: Storage) -> Iterator[Export]:
    """Yield the bundles in a sweep's folder; a file that is none is passed over.

    Args:
        folder: folder of the sweep.
    """
    for name in sorted(folder.names(EXPORTS)):
        try:
            content = folder.read(f"{EXPORTS}/{name}/{BUNDLE}")
            about: Any = read_json(content)["provenance"] if content else None
            if about:
                files = f"{EXPORTS}/{name}"
                yield Export(str(about["member"]), str(about["picked"]), int(about["seed"]), files)
        except (StorageError, ValueError, KeyError, TypeError):
            continue  # a user's own file
