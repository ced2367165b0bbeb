from pathlib import Path

from search.reporting.comparison import comparisons
from search.reporting.system_names import PAPERS, Origin, names
from search.space.files import available
from search.store.log import Log
from tests.support.replication_tests import (
    activation_predictions,
    add_test,
    emotion_predictions,
    source_of,
    sweep_of,
)

SEEDS = [750, 751]
TOLD = activation_predictions(SEEDS, 0.3)


def test_sweeps_of_one_baseline_are_compared_with_it_once(tmp_path: Path) -> None:
    base = sweep_of(tmp_path, "baseline-1", "baseline")
    second, first = (sweep_of(tmp_path, name, name) for name in ("nonadversarial", "adversarial"))
    for sweep, member in ((base, "baseline"), (second, "4@2"), (first, "3@2")):
        add_test(sweep, member, TOLD, SEEDS)
    (result,) = comparisons([source_of(second, base), source_of(first, base)])
    assert [one.name for one in result.tested] == ["None", "Adversarial", "Non-adversarial"]
    assert result.baselines == {"Adversarial": "None", "Non-adversarial": "None"}
    assert result.tested[0].serves == ["nonadversarial", "adversarial"]
    assert [one.member for one in result.tested] == ["baseline", "3@2", "4@2"]
    assert (result.task, result.corpus) == ("activation", "toy")
    assert result.speaker_metrics.threshold == 3.5
    assert result.lacking == ()


def test_another_task_corpus_or_other_utterances_make_another_comparison(tmp_path: Path) -> None:
    sweeps = {
        "here": sweep_of(tmp_path, "here"),
        "elsewhere": sweep_of(tmp_path, "elsewhere", corpus="other"),
        "fewer": sweep_of(tmp_path, "fewer"),
        "emotions": sweep_of(tmp_path, "emotions", "fairrep"),
        "again": sweep_of(tmp_path, "again", "nonadversarial"),
    }
    for name, sweep in sweeps.items():
        reported = emotion_predictions(SEEDS) if name == "emotions" else TOLD
        add_test(sweep, "1@2", reported[: 40 if name == "fewer" else None], SEEDS)
    result = comparisons([source_of(sweep) for sweep in sweeps.values()])
    groups = [[one.sweep.name for one in comparison.tested] for comparison in result]
    assert groups == [["here", "again"], ["fewer"], ["elsewhere"], ["emotions"]]
    assert [one.task for one in result] == ["activation"] * 3 + ["emotion"]


def test_names_are_shortened_as_long_as_they_differ(tmp_path: Path) -> None:
    bases = [sweep_of(tmp_path, f"baseline-{number}", "baseline") for number in (1, 2)]
    sweeps = [
        sweep_of(tmp_path, name, space)
        for name, space in (
            ("one", "adversarial"),
            ("two", "nonadversarial"),
            ("three", "nonadversarial"),
            ("mine", "my-own"),
            ("phase-one", "baseline"),
        )
    ]
    for base in bases:
        add_test(base, "baseline", TOLD, SEEDS)
    for sweep, members in zip(
        sweeps, (("1@2", "5@3"), ("1@2",), ("1@2",), ("7@1",), ("2@2",)), strict=True
    ):
        for member in members:
            add_test(sweep, member, TOLD, SEEDS)
    sources = [source_of(sweep, bases[place % 2]) for place, sweep in enumerate(sweeps[:4])]
    (result,) = comparisons([*sources, source_of(sweeps[4])])
    assert [one.name for one in result.tested] == [
        "None a",
        "None b",
        "None 2@2",
        "Adversarial 1@2",
        "Adversarial 5@3",
        "Non-adversarial 1@2 of two",
        "Non-adversarial 1@2 of three",
        "my-own",
    ]
    assert result.baselines["Adversarial 5@3"] == "None a"
    assert result.baselines["my-own"] == "None b"
    assert "None 2@2" not in result.baselines  # a sweep without a baseline


def test_a_tuned_baseline_beside_another_is_named_by_its_member(tmp_path: Path) -> None:
    base, tuned = sweep_of(tmp_path, "baseline-1", "dnn"), sweep_of(tmp_path, "tuned", "dnn")
    reported = emotion_predictions(SEEDS)
    add_test(base, "baseline", reported, SEEDS)
    add_test(tuned, "9@8", reported, SEEDS)
    (result,) = comparisons([source_of(tuned, base)])
    assert [one.name for one in result.tested] == ["DNN", "DNN 9@8"]


def test_a_sweep_that_was_not_replicated_is_named_with_the_command(tmp_path: Path) -> None:
    base, sweep = sweep_of(tmp_path, "baseline-1", "baseline"), sweep_of(tmp_path, "one")
    folder = sweep.folder.where()  # it lies elsewhere than where commands look for names
    sentence = f"one has not been replicated: fairser replicate {folder}"
    (result,) = comparisons([source_of(sweep, base)])
    assert result.tested == ()
    assert result.lacking == (sentence,)
    add_test(base, "baseline", TOLD, SEEDS)
    (result,) = comparisons([source_of(sweep, base)])
    assert [one.name for one in result.tested] == ["None"]
    assert result.lacking == (sentence,)


def test_untrained_candidates_and_those_without_seeds_are_reported(tmp_path: Path) -> None:
    sweep = sweep_of(tmp_path, "one")
    log = Log(sweep.folder.folder("replication"))
    for number, values in enumerate(({"alpha0": 2.0}, {"alpha0": 3.0}, {"alpha0": 3.0}), 7):
        log.suggested(number, values, SEEDS, "replicate", 4)
        log.ended(number, "failed" if number < 9 else "complete", "all diverged" * (number < 9))
    add_test(sweep, "1@2", TOLD, SEEDS)
    add_test(sweep, "2@2", TOLD, [], diverged=SEEDS)
    (result,) = comparisons([source_of(sweep)])
    assert [one.name for one in result.tested] == ["Adversarial"]
    assert result.lacking == (
        "one, 2@2: none of its seeds has a model, all diverged",
        "one, alpha0 2.0 at epoch 4, could not be trained again: all diverged",
    )


def test_further_seeds_of_a_member_are_one_system(tmp_path: Path) -> None:
    sweep = sweep_of(tmp_path, "one")
    add_test(sweep, "1@2", TOLD, SEEDS)
    add_test(sweep, "1@2", activation_predictions([752], 0.3), [752], diverged=[753])
    (result,) = comparisons([source_of(sweep)])
    (one,) = result.tested
    assert (one.system.seeds, one.system.diverged) == ([750, 751, 752], 1)
    assert len(one.records) == 2


def test_every_space_has_the_papers_word() -> None:
    assert set(PAPERS) == set(available())


def test_naming_ends_also_where_a_users_space_bears_a_papers_word() -> None:
    origins = [
        Origin("baseline", "a", "baseline", True),
        Origin("baseline", "b", "baseline", True),
        Origin("None a", "c", "1@2", False),
        Origin("None of b", "d", "1@2", False),
    ]
    assert names(origins) == ["None a", "None b", "None a 1@2", "None of b"]
