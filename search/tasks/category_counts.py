"""Counts of a corpus with classes of emotion: by class, group, split and session."""

import pandas as pd

from fairser_core.corpora.category_corpus import CategoryCorpus
from fairser_core.corpora.checks import SPLITS
from fairser_core.corpora.groups import Grouping, Groups, groups_of, judged
from search.tasks.counts import Counts, Description, Row

NO_CLASS = "no class"


def described(corpus: CategoryCorpus, grouping: Grouping) -> Description:
    """Count utterances by class, group, split and session, and warn of confounded groups.

    Raises:
        CorpusError: the corpus has no such groups.
    """
    groups = groups_of(corpus.utterances, grouping)
    emotion = corpus.utterances["emotion"].fillna(NO_CLASS)
    counts = [
        _by_group("utterances of {} by class", "class", emotion, corpus, groups),
        _by_group("utterances of {} by split", "split", corpus.utterances["split"], corpus, groups),
    ]
    if "session" in corpus.utterances:
        session = corpus.utterances["session"]
        counts.append(_by_group("utterances of {} by session", "session", session, corpus, groups))
    sentences = [
        *_size_sentences(corpus, groups, grouping),
        *confounded(corpus, groups),
        f"other groups: {', '.join(corpus.attributes)} (--group)",
    ]
    return Description([*counts, _speakers(corpus, groups)], sentences)


def confounded(corpus: CategoryCorpus, groups: Groups) -> list[str]:
    """Return a warning for each class, split and session whose utterances are of one group alone.

    A difference between groups then cannot be told from one between these.

    Args:
        corpus: corpus with classes.
        groups: groups of its utterances.
    """
    table = corpus.utterances
    columns = {"class": table["emotion"], "split": table["split"]}
    columns |= {"session": table["session"]} if "session" in table else {}
    warnings = []
    for kind, column in columns.items():
        of_values = pd.Series(groups.index)[groups.index >= 0].groupby(
            column.array[groups.index >= 0]
        )
        for value, numbers in of_values:
            if numbers.nunique() == 1 and len(groups.names) > 1:
                name = groups.names[numbers.iloc[0]]
                warnings.append(
                    f"confounded: all utterances of {kind} {value} are of group {name}: no "
                    "difference between groups can be measured there"
                )
    return warnings


def _by_group(
    title: str, kind: str, column: pd.Series, corpus: CategoryCorpus, groups: Groups
) -> Counts:
    """Count utterances by the values of a column and by group."""
    names = [*groups.names, "in no group"]
    group = pd.Series([names[number] for number in groups.index])  # -1 names the last
    table = pd.crosstab(column.to_numpy(), group.to_numpy()).reindex(columns=names, fill_value=0)
    if not table["in no group"].any():
        table = table.drop(columns="in no group")
    order = {"class": (*corpus.classes, NO_CLASS), "split": SPLITS}.get(kind, tuple(table.index))
    rows: list[Row] = [
        (str(value), [int(table.loc[value].to_numpy().sum()), *map(int, table.loc[value])])
        for value in map(str, order)
        if value in table.index
    ]
    rows.append(("all", [int(table.to_numpy().sum()), *map(int, table.sum())]))
    return Counts(title.format(corpus.name), [kind, "in all", *map(str, table)], rows, summed=True)


def _speakers(corpus: CategoryCorpus, groups: Groups) -> Counts:
    """Count the speakers of each group by split."""
    table = corpus.utterances
    rows: list[Row] = []
    for split in SPLITS:
        chosen = (table["split"] == split).to_numpy()
        of_split = Groups(groups.names, groups.index[chosen])
        sizes = of_split.sizes(table["speaker"].to_numpy()[chosen])
        rows.append((split, [int(n) for n in sizes["speakers"]]))
    return Counts(f"speakers of {corpus.name}", ["split", *groups.names], rows)


def _size_sentences(corpus: CategoryCorpus, groups: Groups, grouping: Grouping) -> list[str]:
    """Return sentences on utterances in no group, and on groups too small to be judged by."""
    out = int((groups.index < 0).sum())
    sentences = []
    if out:
        columns = " and ".join(grouping.columns)
        sentences.append(
            f"{out:,} of {len(groups.index):,} utterances are in no group: their {columns} is "
            "unknown"
        )
    for split in ("validation", "test"):
        chosen = (corpus.utterances["split"] == split).to_numpy()
        of_split = Groups(groups.names, groups.index[chosen])
        sizes = of_split.sizes(corpus.utterances["speaker"].to_numpy()[chosen])
        small = [name for name in groups.names if name not in judged(sizes, grouping)]
        if chosen.any() and small:
            sentences.append(
                f"{split}: shown, but not in an objective, for they have fewer than "
                f"{grouping.fewest_speakers} speakers or {grouping.fewest_utterances} utterances: "
                f"{', '.join(small)}"
            )
    return sentences
