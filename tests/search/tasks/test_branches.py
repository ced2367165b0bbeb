"""No code but a task's own asks which task it works for: it asks the task's object."""

import ast
from pathlib import Path

from search.tasks.tasks import TASKS
from tests.support import ROOT

FILES = sorted(path for part in ("fairser_core", "search") for path in (ROOT / part).rglob("*.py"))
DICTS = {
    "fairser_core/courses/choice.py",
    "fairser_core/predictor/loading.py",
    "search/tasks/readers.py",
    "search/tasks/tasks.py",
}
"""Where what each task has is written out."""
KINDS = {"Corpus", "RatedCorpus"}.union(
    *(
        {f"{kind}{part}" for part in ("", "Course", "Method", "Predictor", "Specification", "Task")}
        for kind in (name.capitalize() for name in TASKS)
    )
)
"""Classes of one task."""
EXCEPTIONS = {
    "search/sweep/stage1.py": ["isinstance(data, Emotion)"],
}
"""What only one task has at all, asserted where its arrays are changed."""


def is_own(path: Path) -> bool:
    """Whether a file is of one task, by its name; what only readers need is of a corpus."""
    name = path.relative_to(ROOT).as_posix()
    return path.stem.startswith(tuple(TASKS)) or name.startswith("fairser_core/corpora/")


def names_kind(node: ast.AST) -> bool:
    """Whether a class of one task is named in it."""
    return any(isinstance(part, ast.Name) and part.id in KINDS for part in ast.walk(node))


def names_task(node: ast.AST) -> bool:
    """Whether it is the name of a task."""
    return isinstance(node, ast.Constant) and node.value in TASKS


def branches(path: Path) -> list[str]:
    """Return tests of classes and names of tasks, and what is chosen by a task's name."""
    result: list[ast.AST] = []
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Call(func=ast.Name(id="isinstance" | "issubclass"), args=[_, kind]):
                result += [node] if names_kind(kind) else []
            case ast.MatchClass(cls=kind):
                result += [node] if names_kind(kind) else []
            case ast.Compare(left=left, comparators=others):
                sides = (left, *others)
                tasks = [
                    side for side in sides if ast.unparse(side).endswith(("task", "task_name"))
                ]
                result += [node] if tasks and any(map(names_task, sides)) else []
            case ast.Subscript(value=value, slice=key) if names_task(key):
                result += [node] if ast.unparse(value).endswith("TASKS") else []
            case ast.Dict(keys=keys) if len(keys) > 1:
                result += [node] if all(key and names_task(key) for key in keys) else []
    return [ast.unparse(node) for node in result]


def test_nothing_but_files_of_a_task_asks_which_task_it_is() -> None:
    result = {
        path.relative_to(ROOT).as_posix(): asked
        for path in FILES
        if not is_own(path) and (asked := branches(path))
    }
    assert {name: asked for name, asked in result.items() if name not in DICTS} == EXCEPTIONS
    assert set(result) - set(EXCEPTIONS) == DICTS


def test_branches_are_recognised(tmp_path: Path) -> None:
    """Such as there were before tasks were objects."""
    for line in (
        "isinstance(data, Emotion)",
        "isinstance(x, A | RatedCorpus)",
        'space.task == "emotion"',
        'bundle.task_name != "activation"',
        'TASKS["emotion"].baseline',
        '{"activation": 1, "emotion": 2}',
        "match data:\n    case Activation():\n        pass",
    ):
        path = tmp_path / "file.py"
        path.write_text(line)
        assert branches(path), line
    path.write_text('table["emotion"] == FAVOURITE or "emotion" in table')
    assert not branches(path)
