import re
from pathlib import Path

import pytest

from fairser_core.methods import METHODS
from search.space.document import parse
from search.space.files import SPACES, available
from search.space.load import load
from search.space.space import Budget
from search.space.space_error import SpaceError
from search.space.stopping import Stopping
from search.sweep.prerequisites import baseline_space

BUDGET = "[budget]\ntrials = 100\nepochs = 40\nseeds = 5\nrace_seeds = 10\ncheck_seeds = 5\n"


def write(folder: Path, old: str = "", new: str = "", base: str = "adversarial") -> str:
    """A space of ours with a budget that does not change with the experience made."""
    text = (SPACES / f"{base}.toml").read_text()
    text = re.sub(r"^\[budget\]\n(.+\n)+", BUDGET, text, flags=re.MULTILINE)
    assert BUDGET in text
    assert old in text
    path = folder / "mine.toml"
    path.write_text(text.replace(old, new))
    return str(path)


def test_every_space_that_comes_with_fairser_is_sound() -> None:
    assert available() == [
        "adversarial", "adversarial_vectors", "baseline", "baseline_vectors", "classifier",
        "classifier_adversarial", "classifier_adversarial_vectors", "classifier_penalty",
        "classifier_penalty_vectors", "classifier_vectors", "dnn", "fairper", "fairrep",
        "fairrep_f", "fairrep_g", "lfr", "nonadversarial", "nonadversarial_vectors", "nrl",
    ]  # fmt: skip
    for name in available():
        space = load(name, "demo")
        assert space.method in METHODS
        assert space.name == name


def test_the_papers_published_settings_are_the_fixed_values() -> None:
    for name in ("adversarial", "nonadversarial"):
        fixed = load(name).fixed
        paper = {"conv_layers": 2, "filters": 16, "kernel": 8, "stride": 4, "hidden_layers": 2,
                 "hidden": 128, "dropout": 0.3, "batch": 200}  # fmt: skip
        assert {key: fixed[key] for key in paper} == paper


def test_an_ablation_is_the_same_method_with_one_term_switched_off() -> None:
    whole = load("fairrep")
    for name, key, alone in (
        ("fairrep_g", "alpha", {"adversary_learning_rate"}),
        ("fairrep_f", "adversary_weight", {"alpha"}),
    ):
        ablation = load(name)
        assert (ablation.method, ablation.fixed[key]) == ("fairrep", 0.0)
        assert set(ablation.search) == alone
        assert all(ablation.search[setting] == whole.search[setting] for setting in alone)
        common = set(ablation.fixed) & set(whole.fixed)
        assert common == set(whole.fixed) - ({"estimator"} if key == "alpha" else set())
        assert all(ablation.fixed[setting] == whole.fixed[setting] for setting in common)
        assert (ablation.floor, ablation.reference) == (whole.floor, whole.reference)


def test_fairrep_is_held_to_a_dnn_of_the_same_network_and_training() -> None:
    shared = {"batch", "learning_rate", "dropout", "weight_decay", "hidden", "latent"}
    for name in ("fairrep", "fairrep_f", "fairrep_g"):
        for corpus in ("demo", "iemocap"):
            space = load(name, corpus)
            baseline = baseline_space(space)
            assert baseline.method == "dnn"
            assert baseline.fixed == {key: space.fixed[key] for key in shared}
    first = load("fairrep").first
    assert [values["alpha"] for values in first] == [0.001, 0.01]  # the paper's grid


def test_lfr_and_nrl_are_held_to_the_dnn_of_their_training() -> None:
    for name in ("lfr", "nrl"):
        space = load(name)
        baseline = baseline_space(space)
        shared = {"batch", "patience", "dropout", "weight_decay", "hidden", "latent"}
        assert baseline.method == "dnn"
        assert baseline.fixed == {k: v for k, v in space.fixed.items() if k in shared}
        assert "learning_rate" in space.search  # theirs is not the DNN's


def test_a_space_reads_back_as_it_was_run(tmp_path: Path) -> None:
    space = load("baseline", "demo", {"dropout": 0.25, "windows.hop": 20, "budget.epochs": 3})
    path = tmp_path / "baseline.toml"
    path.write_text(space.to_toml())
    again = load(str(path))
    assert again.to_toml() == space.to_toml()
    assert (again.fixed, again.search, again.budget) == (space.fixed, space.search, space.budget)
    assert again.task_settings["windows"].hop == 20


FIRST = """
[[first]]
alpha0 = 0.5

[[first]]
alpha0 = 3
adversary_learning_rate = 1e-2

[stopping]
warmup = 0.2
factor = 4
noise = 0.5

[budget]"""


def test_first_values_and_stopping_read_back_as_they_were_run(tmp_path: Path) -> None:
    space = load(write(tmp_path, "\n[budget]", FIRST))
    assert space.first == ({"alpha0": 0.5}, {"alpha0": 3, "adversary_learning_rate": 0.01})
    assert space.stopping == Stopping(warmup=0.2, factor=4, noise=0.5)
    path = tmp_path / "again.toml"
    path.write_text(space.to_toml())
    again = load(str(path))
    assert (again.first, again.stopping, again.budget) == (
        space.first,
        space.stopping,
        space.budget,
    )


def test_floors_read_back_as_they_were_run_and_can_be_set(tmp_path: Path) -> None:
    space = load("adversarial", changes={"floor.ccc": 0.8})
    assert list(space.floor.items()) == [("ccc", 0.8), ("worst_recall", 0.75)]
    path = tmp_path / "again.toml"
    path.write_text(space.to_toml())
    assert list(load(str(path)).floor.items()) == list(space.floor.items())
    assert "floor" not in load("baseline").to_toml()


def test_the_least_chance_that_a_seed_stands_is_a_floor(tmp_path: Path) -> None:
    assert load("adversarial").standing == 0.0
    space = load("adversarial", changes={"floor.stands": 0.8})
    assert (space.standing, "stands" in space.floor) == (0.8, False)
    path = tmp_path / "again.toml"
    path.write_text(space.to_toml())
    assert load(str(path)).standing == 0.8
    for impossible in (1.5, "all", True):
        with pytest.raises(SpaceError, match=r"`stands` must be a number in \[0, 1\]"):
            load("adversarial", changes={"floor.stands": impossible})


def test_a_floor_of_no_objective_is_no_reference_point(tmp_path: Path) -> None:
    with pytest.raises(SpaceError, match=r"\[reference\] must give a value for ccc"):
        load(write(tmp_path, "ccc = 0.75\n"))
    assert "worst_recall" not in baseline_space(load("adversarial")).reference


def test_a_space_need_not_race_check_or_say_when_to_stop(tmp_path: Path) -> None:
    text = (SPACES / "adversarial.toml").read_text()
    kept = [line for line in text.splitlines() if "race_seeds" not in line and "check" not in line]
    path = tmp_path / "mine.toml"
    path.write_text("\n".join(kept))
    space = load(str(path))
    assert (space.budget.race_seeds, space.budget.check_seeds) == (0, 0)
    assert space.stopping == Stopping()
    assert space.first == ()


def test_the_budget_is_what_its_trials_would_train_to_their_end() -> None:
    assert Budget(trials=5, epochs=7, seeds=3, race_seeds=9, check_seeds=4).lane_epochs == 5 * 7 * 3


def test_a_value_that_is_set_is_no_longer_tried_first(tmp_path: Path) -> None:
    space = load(write(tmp_path, "\n[budget]", FIRST), changes={"alpha0": 2.0})
    assert space.fixed["alpha0"] == 2.0
    assert all("alpha0" not in values for values in space.first)


def test_a_value_that_is_set_is_no_longer_searched() -> None:
    space = load("adversarial", changes={"alpha0": 2.0, "dropout": 0.5})
    assert list(space.search) == ["adversary_learning_rate"]
    assert (space.fixed["alpha0"], space.fixed["dropout"]) == (2.0, 0.5)


def test_a_corpus_may_have_a_budget() -> None:
    assert (
        load("adversarial", "demo").budget.trials < load("adversarial", "msp_podcast").budget.trials
    )


def test_an_unknown_space_lists_those_there_are() -> None:
    with pytest.raises(
        SpaceError, match="no space 'adverse'; there are adversarial, adversarial_vec"
    ):
        load("adverse")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "low = 0.01",
            "low = 200.0",
            r"`low` must be < `high`, got 200.0 and 100.0 .*search.alpha0",
        ),
        ("low = 0.01", "low = 0.0", r"`low` must be > 0 on a logarithmic scale, got 0.0"),
        ("low = 0.01", "lo = 0.01", r"a domain has low, high and log, or choices, got"),
        ("low = 0.01", 'low = "a"', r"`low`, `high` are numbers"),
        ("low = 1e-4, high = 1e-1, log", "low = -1.0, high = 0.1, log_", "a domain has low, high"),
        (
            "dropout = 0.3",
            "dropout = 1.3",
            r"`dropout` must be in \[0, 1\), got 1.3 .*\[fixed\] dr",
        ),
        ("dropout = 0.3", "drop_out = 0.3", "`drop_out` is no setting of method 'adversarial'"),
        ("dropout = 0.3", "alpha0 = 0.3", "`alpha0` is both fixed and searched"),
        ("batch = 200", "batch = 200.5", "`batch` must be of type int, got 200.5"),
        ('"recall_gap"]', '"gap"]', "unknown metric 'gap'; there are ccc"),
        ("recall_gap = 1.0", "", r"\[reference\] must give a value for recall_gap"),
        ('method = "adversarial"', 'method = "magic"', "`method` must be one of .*, got 'magic'"),
        ("[budget]", "[budgets]", "unknown key `budgets`"),
        ("trials = 100", "trials = 0", "`trials` must be a whole number >= 1, got 0"),
        (
            "ccc = 0.75",
            'metric = "ccc"\nof_baseline = 0.75',
            r"a line for each metric.*such as `ccc = 0.75`, got metric, of_baseline, .*\[floor\]",
        ),
        ("ccc = 0.75", "cc = 0.75", r"unknown metric 'cc'; there are ccc, .*\[floor\]"),
        ("ccc = 0.75", "recall_gap = 0.75", "`recall_gap` is not better when higher, .*_gap"),
        ("ccc = 0.75", "ccc = 0", r"`ccc` must be a number in \(0, 1\], .* got 0 .*\[floor\] ccc"),
        ("ccc = 0.75", "ccc = 1.01", r"`ccc` must be a number in \(0, 1\], .*, got 1.01"),
        ("ccc = 0.75", "ccc = nan", r"`ccc` must be a number in \(0, 1\], .*, got nan"),
        ("ccc = 0.75", "ccc = true", r"`ccc` must be a number in \(0, 1\], .*, got True"),
        ("ccc = 0.75", 'ccc = "a"', r"`ccc` must be a number in \(0, 1\], .*, got 'a'"),
        ("method =", "method", "Expected '='"),
        (
            "race_seeds = 10\n",
            "race_seeds = -1\n",
            r"`race_seeds` must be a whole number >= 0, got -1 .*\[budget\]",
        ),
        ("check_seeds = 5\n", "check_seeds = 2.5\n", "`check_seeds` must be a whole number >= 0"),
        ("check_seeds = 5\n", 'check_seeds = "a"\n', "`check_seeds` must be a whole number >= 0"),
        ("\nseeds = 5\n", "\nseeds = 0\n", "`seeds` must be a whole number >= 1, got 0"),
        ("race_seeds = 10\n", "racing = 10\n", r"unknown key `racing`; there are trials, .*budget"),
        (
            "[budget]",
            "[[first]]\nalpha9 = 1.0\n[budget]",
            r"`alpha9` is not searched .*\[\[first\]\] 1",
        ),
        (
            "[budget]",
            "[[first]]\nalpha0 = 1.0\n[[first]]\nalpha0 = 500.0\n[budget]",
            r"`alpha0` must lie in its domain, got 500.0 .*\[\[first\]\] 2",
        ),
        (
            "[budget]",
            '[[first]]\nalpha0 = "a"\n[budget]',
            "`alpha0` must lie in its domain, got 'a'",
        ),
        ("[budget]", "[[first]]\nalpha0 = true\n[budget]", "`alpha0` must lie in its domain"),
        ("[budget]", "[[first]]\nalpha0 = nan\n[budget]", "`alpha0` must lie in its domain"),
        ("[budget]", "[first]\nalpha0 = 1.0\n[budget]", r"\[\[first\]\] must be tables of val"),
        (
            "[budget]",
            "[stopping]\nwarmup = 0\n[budget]",
            r"`warmup` must be in \(0, 1\), got 0 .*\[stopping\]",
        ),
        ("[budget]", "[stopping]\nwarmup = 1.0\n[budget]", r"`warmup` must be in \(0, 1\), got 1"),
        ("[budget]", "[stopping]\nwarmup = nan\n[budget]", r"`warmup` must be in \(0, 1\), got n"),
        ("[budget]", "[stopping]\nfactor = 1\n[budget]", "`factor` must be >= 2, got 1"),
        ("[budget]", "[stopping]\nnoise = -1.0\n[budget]", "`noise` must be >= 0, got -1.0"),
        ("[budget]", "[stopping]\nnoise = nan\n[budget]", "`noise` must be >= 0, got nan"),
        ("[budget]", "[stopping]\nfactor = 2.5\n[budget]", "`factor` must be a whole number"),
        ("[budget]", '[stopping]\nwarmup = "a"\n[budget]', "`warmup` must be .*got 'a'"),
        ("[budget]", "[stopping]\ngrace = 1\n[budget]", "unknown key `grace`; there are warmup,"),
        ("[budget]", "[stopping]\nfactor = true\n[budget]", "`factor` must be .*got True"),
        ("trials = 100", "trials = true", "`trials` must be a whole number >= 1, got True"),
    ],
)
def test_a_bad_space_is_refused_with_file_key_value_and_rule(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    path = write(tmp_path, old, new)
    with pytest.raises(SpaceError, match=message) as caught:
        load(path)
    assert path in str(caught.value)


def test_an_impossible_range_is_refused_before_any_trial(tmp_path: Path) -> None:
    path = write(tmp_path, "high = 0.6", "high = 1.5", base="baseline")
    with pytest.raises(
        SpaceError, match=r"`dropout` must be in \[0, 1\), got 1.5 .*search.dropout"
    ):
        load(path)


def test_a_document_that_is_no_table_is_refused() -> None:
    with pytest.raises(SpaceError, match=r"\[fixed\] must be a table, got 3"):
        parse({"method": "baseline", "task": "activation", "fixed": 3}, "x", "x.toml")


def test_the_worst_ccc_can_be_an_objective_and_a_floor(tmp_path: Path) -> None:
    objectives = 'objectives = ["ccc", "worst_ccc", "recall_gap"]'
    path = write(tmp_path, 'objectives = ["ccc", "recall_gap"]', objectives)
    space = load(path, changes={"floor.worst_ccc": 0.8})
    assert space.objectives == ("ccc", "worst_ccc", "recall_gap")
    assert space.floor["worst_ccc"] == 0.8
