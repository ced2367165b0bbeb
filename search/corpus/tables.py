"""Tables of a corpus' counts for the terminal."""

import pandas as pd
from rich.markup import escape
from rich.table import Table

from fairser_core.corpora.checks import GENDERS
from fairser_core.corpora.rated_corpus import RatedCorpus
from search.corpus.counts import PEOPLE, Counts, joined


def counts_table(counts: Counts) -> Table:
    """Return a table of counts, with sums below a line."""
    table = _table(escape(counts.title))
    for index, name in enumerate(counts.columns):
        table.add_column(name.replace(", ", "\n"), justify="right" if index else "left")
    for index, (name, numbers) in enumerate(counts.rows):
        if counts.summed and index == len(counts.rows) - 1:
            table.add_section()
        # A name's brackets are no markup.
        table.add_row(escape(name), *(f"{value:,}" for value in numbers))
    table.caption = counts.note or None
    return table


def subset_lines(sizes: dict[str, int]) -> list[str]:
    """Return sentences on the numbers of utterances left out, in S1 and in S2."""
    kept = sizes["S1"] + sizes["S2"]
    out = [
        f"{sizes[name]:,} {why}"
        for name, why in (
            ("no_plurality", "where no label has most of the votes"),
            ("another_emotion", "of another emotion"),
        )
        if sizes[name]
    ]
    lines = [
        f"{kept:,} of {sizes['utterances']:,} utterances have a ground truth that is studied"
        + (f"; left out: {', '.join(out)}" if out else "")
    ]
    if kept:
        first, second = (f"{s} {sizes[s]:,} ({_percent(sizes[s] / kept)})" for s in ("S1", "S2"))
        lines += [
            f"{first}: women's and men's consensus are both the ground truth",
            f"{second}: only women's is in "
            f"{sizes['aligned_female']:,}, only men's in {sizes['aligned_male']:,}, neither in "
            f"{sizes['aligned_with_none']:,}",
        ]
    return lines


def agreement_table(agreement: pd.DataFrame, data: str, title: str) -> Table:
    """Return a table of how often each gender's consensus is the truth, with 95 % intervals.

    Args:
        agreement: table of `perception.agreement`.
        data: utterances, "all" or "S2".
        title: title of the table.
    """
    table = _table(title)
    table.add_column("emotion")
    for gender in GENDERS:
        table.add_column(PEOPLE[gender], justify="right")
        for name in ("interval", "of"):
            table.add_column(name, justify="right", style="dim")
    chosen = agreement[agreement["data"] == data]
    for emotion, rows in chosen.groupby("emotion", sort=False):
        cells: list[str] = []
        for row in rows.to_dict("records"):
            cells += (
                [_percent(row["share"]), f"{100 * row['low']:.1f} to {100 * row['high']:.1f}"]
                if row["utterances"]
                else ["-", "-"]
            )
            cells.append(f"{row['utterances']:,}")
        table.add_row(escape(str(emotion)), *cells)
    return table


def given_line(corpus: RatedCorpus, perceived: pd.DataFrame) -> str:
    """Return a sentence comparing the corpus' labels with the ratings; empty without labels."""
    if "emotion" not in corpus.utterances:
        return ""
    given = corpus.utterances["emotion"]
    truth = joined(corpus, perceived)["truth"]
    alike = int(((given == truth) | (given.isna() & truth.isna())).sum())
    return (
        f"the label that the corpus itself gives, if any, is the same in {alike:,} of "
        f"{len(given):,} utterances; in {int((given.notna() & truth.isna()).sum()):,} the ratings "
        f"have no majority, in {int((given.isna() & truth.notna()).sum()):,} the corpus gives none"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", caption_justify="left")
