"""What a corpus holds, as tables for the terminal."""

import pandas as pd
from rich.markup import escape
from rich.table import Table

from fairser_core.corpora.checks import GENDERS, SPLITS
from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.rated import RatedCorpus
from fairser_core.corpora.rating_checks import UTTERANCES

PEOPLE = {"female": "women", "male": "men"}
BY_SPEAKER = ("by women", "by men")


def activation_table(corpus: Corpus) -> Table:
    """Sizes by split, speakers' gender, and low or high activation."""
    table = _table(f"utterances of {corpus.name}, activation high above {corpus.threshold:g}")
    table.add_column("split")
    for name in ("speakers", "utterances"):
        table.add_column(name, justify="right")
    for gender in GENDERS:
        for level in ("low", "high"):
            table.add_column(f"{PEOPLE[gender]}\n{level}", justify="right")
    utterances = corpus.utterances
    high = utterances["activation"] > corpus.threshold
    for split in (*SPLITS, "all"):
        chosen = (utterances["split"] == split) | (split == "all")
        cells = [
            (chosen & (utterances["gender"] == gender) & (high == level)).sum()
            for gender in GENDERS
            for level in (False, True)
        ]
        speakers = utterances["speaker"][chosen].nunique()
        _add(table, split, [speakers, chosen.sum(), *cells], last=split == "all")
    return table


def session_table(corpus: RatedCorpus, perceived: pd.DataFrame) -> Table:
    """Sizes by session, speakers' gender, and S1 and S2.

    Args:
        corpus: whose utterances are counted.
        perceived: of `perceive`.
    """
    utterances = _joined(corpus, perceived)
    table = _table(f"utterances of {corpus.name}")
    table.add_column("session")
    for name in ("speakers", "in all", *BY_SPEAKER, "S1", "S2", "left out"):
        table.add_column(name, justify="right")
    sessions = sorted(utterances["session"].unique(), key=lambda name: (len(name), name))
    for session in (*sessions, "all"):
        chosen = utterances[(utterances["session"] == session) | (session == "all")]
        cells = [chosen["speaker"].nunique(), *_numbers(chosen), chosen["subset"].isna().sum()]
        _add(table, session, cells, last=session == "all")
    return table


def emotion_table(corpus: RatedCorpus, perceived: pd.DataFrame) -> Table:
    """Sizes by ground truth, speakers' gender, and S1 and S2.

    Args:
        corpus: whose utterances are counted.
        perceived: of `perceive`.
    """
    utterances = _joined(corpus, perceived)
    kept = utterances[utterances["subset"].notna()]
    table = _table("ground truth: the label that most ratings name")
    table.add_column("emotion")
    for name in ("in all", *BY_SPEAKER, "S1", "S2", "fewest in\na session"):
        table.add_column(name, justify="right")
    sessions = utterances["session"].unique()
    for emotion in corpus.emotions:
        chosen = kept[kept["truth"] == emotion]
        fewest = chosen["session"].value_counts().reindex(sessions, fill_value=0).min()
        _add(table, emotion, [*_numbers(chosen), fewest])
    return table


def rater_table(corpus: RatedCorpus, sizes: dict[str, int]) -> Table:
    """What each gender of raters has rated, and in how far its raters are of one mind.

    Args:
        corpus: whose ratings are counted.
        sizes: of its perception.
    """
    table = _table("raters")
    for name in ("", "raters", "ratings", "rated", "of them tied", "not rated"):
        table.add_column(name, justify="right" if name else "left")
    kept = sizes["S1"] + sizes["S2"]
    for gender in GENDERS:
        people = corpus.raters["rater"][corpus.raters["gender"] == gender]
        own = corpus.ratings[corpus.ratings["rater"].isin(people)]
        unrated = sizes[f"unrated_{gender}"]
        cells = [own["rater"].nunique(), len(own), kept - unrated, sizes[f"tied_{gender}"], unrated]
        _add(table, PEOPLE[gender], cells)
    table.caption = "rated: utterances of S1 and S2; tied: without a consensus"
    return table


def subset_lines(sizes: dict[str, int]) -> list[str]:
    """How many utterances are left out, in S1 and in S2, in sentences."""
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
    """How often each gender's consensus is the ground truth, with 95 % intervals and numbers.

    Args:
        agreement: of `perception.agreement`.
        data: which utterances, "all" or "S2".
        title: heads the table.
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
    """In how far the labels that the corpus gives are what most ratings name; empty without any."""
    if "emotion" not in corpus.utterances:
        return ""
    given = corpus.utterances["emotion"]
    truth = _joined(corpus, perceived)["truth"]
    alike = int(((given == truth) | (given.isna() & truth.isna())).sum())
    return (
        f"the label that the corpus itself gives, if any, is the same in {alike:,} of "
        f"{len(given):,} utterances; in {int((given.notna() & truth.isna()).sum()):,} the ratings "
        f"have no majority, in {int((given.isna() & truth.notna()).sum()):,} the corpus gives none"
    )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _joined(corpus: RatedCorpus, perceived: pd.DataFrame) -> pd.DataFrame:
    """The utterances with their perception; a corpus' own columns might bear the same names."""
    known = corpus.utterances[list(UTTERANCES)]
    return known.join(perceived, on="id", validate="one_to_one")


def _numbers(chosen: pd.DataFrame) -> list[int]:
    """Utterances: all, by women, by men, in S1 and in S2."""
    speakers = [int((chosen["gender"] == gender).sum()) for gender in GENDERS]
    return [len(chosen), *speakers, *(int((chosen["subset"] == s).sum()) for s in ("S1", "S2"))]


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", caption_justify="left")


def _add(table: Table, name: str, numbers: list[int], last: bool = False) -> None:
    """Add a row of numbers; the last one, of the sums, stands under a line.

    A name's brackets are no markup.
    """
    if last:
        table.add_section()
    table.add_row(escape(name), *(f"{number:,}" for number in numbers))
