"""Python API: search, open and judge sweeps from a notebook or a script.

from search import api as fairser

sweep = fairser.search("adversarial", smoke=True)
sweep.front
sweep.plot()
"""

import difflib
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import plotly.graph_objects as go
from rich.console import Console

from fairser_core.documents import check_values
from search.arguments.addresses import RESULTS, split_address
from search.arguments.corpus_arguments import corpus_problem
from search.arguments.replicate_arguments import ReplicateOptions
from search.arguments.report_arguments import ReportOptions
from search.arguments.run_options import RunOptions
from search.arguments.run_request import RunRequest
from search.arguments.shared_arguments import TEST_SEEDS
from search.commands import replicate as replicate_command
from search.commands import report as report_command
from search.commands import run as run_command
from search.front.rule_names import FAIREST_WITHIN, TOLERANCE
from search.presentation.front_figure import front_figure
from search.presentation.front_files import front_csv
from search.replication.replication import replication_folder
from search.reporting.blocks import Figure, Report, Table
from search.reporting.sweep_source import Source, source_of
from search.running.replicate_sweep import TABLE_FILE
from search.store.results_folder import open_storage
from search.tasks.options import CorpusOptions
from search.tasks.readers import CORPORA


@dataclass(frozen=True)
class SweepResults:
    """Results of a sweep, as they were when it was loaded.

    Attributes:
        name: name of the sweep.
        results: folder or URI that holds all sweeps.
        source: sweep with its baseline and replications.
    """

    name: str
    results: str
    source: Source

    @property
    def front(self) -> pd.DataFrame:
        """Front: a row a member, the most accurate first; the columns of `front.csv`."""
        return pd.read_csv(io.StringIO(front_csv(self.source.front)))

    def plot(self) -> go.Figure:
        """Draw the front with the baseline, the floors and the 95 % intervals over seeds."""
        return front_figure(self.source.front, sure=True).update_layout(
            template="plotly_white", title={"text": self.name}
        )

    @cached_property
    def _report(self) -> Report:
        return report_command.report_of([self.source])

    @property
    def figures(self) -> dict[str, go.Figure]:
        """Figures of the report by name."""
        return {block.name: block.figure for block in self._report.of(Figure)}

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables of the report by name, with unrounded values."""
        return {block.name: block.data for block in self._report.of(Table)}

    def replicate(
        self,
        pick: Sequence[str] = (FAIREST_WITHIN,),
        *,
        seeds: int = TEST_SEEDS,
        tolerance: float = TOLERANCE,
    ) -> pd.DataFrame:
        """Train members and the baseline's candidates with fresh seeds, and test each once.

        Args:
            pick: rules, or names of members of the front.
            seeds: number of fresh seeds of each; a later call may ask for more.
            tolerance: accuracy that `fairest-within` may give up.

        Returns:
            A row a system and metric: mean, spread, interval, and the difference from the baseline.

        Raises:
            ValueError: there is no such member; names it.
            ReplicationFailed: a member could not be trained; names it.
        """
        options = ReplicateOptions(self.name, self.results, list(pick), tolerance, seeds)
        replicate_command.run(options, Console())
        content = replication_folder(self.source.sweep).read(TABLE_FILE)
        assert content is not None  # each replication writes it
        return pd.read_csv(io.BytesIO(content))

    def report(self, out: str | Path | None = None) -> str:
        """Write the report as a page, Markdown and CSV.

        Args:
            out: folder or URI to write to; by default `<results>/reports/SWEEP`.

        Returns:
            Where the page is.
        """
        options = ReportOptions([self.name], self.results, None if out is None else str(out))
        return report_command.run(options, Console())


def search(
    space: str = RunOptions.space,
    corpus: str = CorpusOptions.corpus,
    *,
    results: str | Path = RESULTS,
    settings: Mapping[str, Any] | None = None,
    **options: Any,
) -> SweepResults:
    """Search a space on a corpus, as `fairser run` does.

    Args:
        space: name of a space, or the path of a TOML file.
        corpus: name of the corpus' reader.
        results: folder or URI that holds all sweeps.
        settings: values in place of the space's, by `key` or `table.key`, as `--set` gives them.
        options: other options of `fairser run`, by their names with underscores.

    Returns:
        Results of the sweep. Interrupted, `resume` goes on with it.

    Raises:
        TypeError: an option is unknown; names it and the nearest.
        RuleError: an option is not of its type; names option, value and rule.
        SpaceError: the space cannot be searched; names the reason.
        ValueError: options do not go together, or the corpus cannot be used; names the reason.
    """
    given = _checked({"space": space, "corpus": corpus, **options})
    problem = corpus_problem(given, CORPORA)
    if problem:
        raise ValueError(problem)
    changes = dict(settings or {})
    check_values(changes)
    return _run(RunRequest(given, changes, str(results)))


def resume(sweep: str, *, results: str | Path | None = None, **options: Any) -> SweepResults:
    """Go on with an interrupted sweep, or beyond its number of trials (`trials=200`).

    Args:
        sweep: name or folder of the sweep.
        results: folder or URI that holds all sweeps, if `sweep` is a name.
        options: options that `fairser run --resume` takes, by their names with underscores.

    Raises:
        NoSuchSweep: there is no sweep of that name.
        TypeError: an option is unknown; names it and the nearest.
        RuleError: an option is not of its type; names option, value and rule.
    """
    name, folder = split_address(sweep, None if results is None else str(results))
    return _run(RunRequest(_checked(options), {}, folder or RESULTS, name))


def load(sweep: str, *, results: str | Path | None = None) -> SweepResults:
    """Open a sweep; nothing is trained.

    Args:
        sweep: name or folder of the sweep.
        results: folder or URI that holds all sweeps, if `sweep` is a name.

    Raises:
        NoSuchSweep: there is no sweep of that name.
        NotBegun: the sweep was stopped before its baseline was trained.
    """
    name, folder = split_address(sweep, None if results is None else str(results))
    where = folder or RESULTS
    return SweepResults(name, where, source_of(name, open_storage(where)))


def _checked(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return checked options by name.

    Raises:
        TypeError: an option is unknown; names it and the nearest.
        RuleError: an option is not of its type; names option, value and rule.
    """
    for name in options:
        if name not in RunOptions.names():
            near = difflib.get_close_matches(name, RunOptions.names(), n=1)
            hint = f"; did you mean `{near[0]}`?" if near else ""
            raise TypeError(f"there is no option `{name}`{hint}")
    plain = {n: str(v) if isinstance(v, Path) else v for n, v in options.items()}
    return RunOptions.values({n: list(v) if isinstance(v, tuple) else v for n, v in plain.items()})


def _run(request: RunRequest) -> SweepResults:
    """Run a request, and return the results of its sweep."""
    return load(run_command.run(request, Console()), results=request.results)
