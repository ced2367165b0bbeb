"""Report on sweeps: one self-contained page, and Markdown and CSV."""

import shlex
import sys
import time
from collections.abc import Sequence
from typing import Any

from rich.console import Console

from search.arguments.addresses import RESULTS, split_address
from search.arguments.report_arguments import REPORTS, ReportOptions
from search.front.names import plural
from search.reporting.blocks import Report
from search.reporting.chapters.order import chapters
from search.reporting.chapters.provenance import revision
from search.reporting.markdown import PAGE, TABLES, markdown, tables
from search.reporting.page import page
from search.reporting.sweep_source import Source, source_of
from search.store.local_storage import LocalStorage
from search.store.results_folder import open_storage
from search.store.storage import Storage
from search.sweep import provenance
from search.sweep.trust import TRACKING, Untrusted, trusted_options
from search.terminal.console import say

TEXT = "report.md"
LONGEST = 100  # characters of a folder's name


def sources_of(options: ReportOptions) -> list[tuple[Source, Storage]]:
    """Return the sweeps, each once, and the folders that hold them.

    Raises:
        NoSuchSweep: there is no sweep of a name; names it.
        NotBegun: a sweep was stopped before its baseline was trained; names it.
    """
    sources: dict[str, tuple[Source, Storage]] = {}
    for address in options.sweeps:
        name, folder = split_address(address, options.results)
        results = open_storage(folder or RESULTS)
        source = source_of(name, results)
        sources.setdefault(source.sweep.folder.uri, (source, results))
    return list(sources.values())


def report_of(sources: Sequence[Source]) -> Report:
    """Return the report on sweeps, made now."""
    names = [source.sweep.name for source in sources]
    when = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    origin = (
        f"Made {when} by: {provenance.command()} (fairser {provenance.versions()['fairser']}, "
        f"{revision(provenance.git_state())})"
    )
    return Report(f"fairser: {', '.join(names)}", origin, chapters(sources))


def folder_name(sources: Sequence[Source]) -> str:
    """Return a folder's name made of the sweeps' names, shortened where they are many."""
    first, *others = (source.sweep.name for source in sources)
    whole = "+".join([first, *others])
    return whole if len(whole) <= LONGEST else f"{first}+{len(others)}"


def run(options: ReportOptions, console: Console) -> str:
    """Run the command, and return where the page is."""
    pairs = sources_of(options)
    sources = [source for source, _ in pairs]
    report = report_of(sources)
    own = options.trust_folder or sources[0].sweep.facts.own
    kept = pairs[0][1] if own else open_storage(RESULTS)
    out = kept.folder(f"{REPORTS}/{folder_name(sources)}")
    if options.out:
        out = open_storage(options.out)
    html = page(report).encode()
    rows = tables(report)
    files = {PAGE: html, TEXT: markdown(report).encode()}
    for name, content in {**files, **{f"{TABLES}/{n}": c for n, c in rows.items()}}.items():
        out.write(name, content)
    say(console, f"page     {out.where(PAGE)}")
    say(console, f"text     {out.where(TEXT)}")
    say(console, f"tables   {out.where(TABLES)}: {plural(len(rows), 'file')}")
    if isinstance(out, LocalStorage):
        say(console, f"open     {opener()} {shlex.quote(out.where(PAGE))}")
    track(pairs, options, html, console)
    return out.where(PAGE)


def opener() -> str:
    """Return the command that opens a file in a browser on this system."""
    return {"darwin": "open", "win32": "start"}.get(sys.platform, "xdg-open")


def track(
    pairs: Sequence[tuple[Source, Storage]],
    options: ReportOptions,
    html: bytes,
    console: Console,
) -> None:
    """Put the page beside each sweep's run in MLflow, or report why it cannot be written.

    The store of a folder from elsewhere stays as it is, unless an option names or accepts it.
    """
    from search.tracking.store import TrackingError  # MLflow takes a second to import
    from search.tracking.sweep_run import store_address, track_report

    given: dict[str, Any] = {"trust_folder": True} if options.trust_folder else {}
    given |= {"tracking_uri": options.tracking_uri} if options.tracking_uri else {}
    for source, results in pairs:
        facts, folder = source.sweep.facts, source.sweep.folder
        try:
            uri = trusted_options(facts, folder, given, TRACKING, console).tracking_uri
            if not (facts.own or given):
                continue
            if track_report(source.sweep, store_address(uri, results), {PAGE: html}):
                say(console, f"MLflow   {PAGE} is beside the run of {source.sweep.name}")
        except (TrackingError, Untrusted) as error:
            say(console, f"MLflow lacks the report: {error}", style="yellow")
