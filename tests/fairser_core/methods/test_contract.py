"""A method is one final class with all its settings, and declares what others must know of it."""

import ast
import dataclasses
import inspect
import sys

import pytest

from fairser_core.methods import METHODS
from fairser_core.methods.activation_method import ActivationMethod
from fairser_core.methods.category_method import CategoryMethod
from fairser_core.methods.emotion_method import EmotionMethod
from fairser_core.methods.method import Method
from fairser_core.methods.paper import CHIEN_LEE_2023, GORROSTIETA_2019
from fairser_core.methods.settings import defaults
from tests.support import ROOT

CONTRACTS = (Method, ActivationMethod, CategoryMethod, EmotionMethod)
NAMED = {
    "search/arguments/run_options.py": {"adversarial"},  # the space by default
    "search/tasks/emotion.py": {"dnn"},  # the baseline of its task
    "search/tasks/category.py": {"classifier"},
}
"""Methods that are named outside their own package, by file: none because it is one of several."""


@pytest.mark.parametrize("kind", METHODS.values())
def test_a_method_is_one_final_class_on_contracts_alone(kind: type[Method]) -> None:
    assert kind.__final__  # type: ignore[attr-defined]
    assert not inspect.isabstract(kind)
    bases = {base for base in kind.__mro__[1:] if base.__module__.startswith("fairser_core")}
    assert bases < set(CONTRACTS)
    of_package = [other for other in METHODS.values() if other.__module__ == kind.__module__]
    assert of_package == [kind]


@pytest.mark.parametrize("kind", METHODS.values())
def test_all_settings_are_declared_and_explained_in_the_class_itself(kind: type[Method]) -> None:
    own = list(inspect.get_annotations(kind))
    assert own == [field.name for field in dataclasses.fields(kind)]
    (_, attributes) = (inspect.getdoc(kind) or "").split("Attributes:\n")
    for name in own:
        assert f"\n    {name}: " in f"\n{attributes}", name


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_contract_has_no_setting_and_nothing_that_could_be_overridden(
    contract: type[Method],
) -> None:
    assert inspect.isabstract(contract)
    assert not dataclasses.fields(contract)
    made = {"__init__", "__repr__", "__eq__", "__hash__", "__setattr__", "__delattr__"}
    for name, member in vars(contract).items():
        function = member.fget if isinstance(member, property) else member
        if inspect.isfunction(function) and name not in made | {"__replace__"}:
            assert function.__isabstractmethod__, name


@pytest.mark.parametrize("name", METHODS)
def test_what_is_declared_names_settings_and_methods_that_there_are(name: str) -> None:
    kind = METHODS[name]
    assert {kind.weight, *kind.sensitivity} - {""} <= set(defaults(kind))
    assert len(kind.sensitivity) in (0, 2)
    if kind.builds_on:
        assert METHODS[kind.builds_on].hands_over_detectors


def test_the_weights_are_those_of_the_papers_equations() -> None:
    assert {name: kind.weight for name, kind in METHODS.items()} == {
        "baseline": "",
        "adversarial": "alpha0",
        "nonadversarial": "alpha1",
        "dnn": "",
        "lfr": "parity_weight",
        "nrl": "alpha",
        "fairrep": "alpha",
        "fairper": "lambda",
        "classifier": "",
        "classifier_adversarial": "alpha0",
        "classifier_penalty": "alpha1",
    }


def test_systems_stand_in_the_order_of_the_papers_tables() -> None:
    spaces = [space for kind in METHODS.values() for space, _ in kind.systems]
    assert spaces == [
        "baseline", "baseline_vectors", "adversarial", "adversarial_vectors",
        "nonadversarial", "nonadversarial_vectors",
        "dnn", "lfr", "nrl", "fairrep_g", "fairrep_f", "fairrep", "fairper",
        "classifier", "classifier_vectors", "classifier_adversarial",
        "classifier_adversarial_vectors", "classifier_penalty", "classifier_penalty_vectors",
    ]  # fmt: skip


def test_each_method_cites_its_papers() -> None:
    assert [paper.name for paper in METHODS["nrl"].papers] == [
        "Feng et al. (2019)",
        "Chien & Lee (2023)",
    ]
    for kind in METHODS.values():
        of_task = CHIEN_LEE_2023 if issubclass(kind, EmotionMethod) else GORROSTIETA_2019
        assert of_task in kind.papers
        # The file's own first lines name the first of them.
        authors, _, year = kind.papers[0].name.removesuffix(")").rpartition(" (")
        head = (sys.modules[kind.__module__].__doc__ or "").replace("(", "").replace(")", "")
        assert f"{authors} {year}" in head


def test_a_citation_leaves_out_what_is_not_known() -> None:
    assert str(GORROSTIETA_2019) == (
        "Gorrostieta, Lotfian, Taylor, Brutti, Kane (2019). Gender De-Biasing in Speech Emotion "
        "Recognition. Interspeech 2019, pp. 2823-2827. "
        "https://doi.org/10.21437/Interspeech.2019-1708"
    )
    assert str(CHIEN_LEE_2023) == (
        "Chien, Lee (2023). A Two-Stage Learning Strategy for Fair Speech Emotion Recognition"
    )


def test_no_other_file_need_know_a_method_by_name() -> None:
    """To add a method: its file, the table in methods/__init__.py, and its space."""
    result: dict[str, set[str]] = {}
    names = {*METHODS, *(space for kind in METHODS.values() for space, _ in kind.systems)}
    for part in ("fairser_core", "search"):
        for path in sorted((ROOT / part).rglob("*.py")):
            place = path.relative_to(ROOT).as_posix()
            if place.startswith("fairser_core/methods/"):
                continue
            texts = {
                n.value for n in ast.walk(ast.parse(path.read_text())) if type(n) is ast.Constant
            }
            # "baseline" is also what every task's method without de-biasing is called.
            result[place] = {t for t in texts if isinstance(t, str)} & names - {"baseline"}
    assert {place: named for place, named in result.items() if named} == NAMED
