"""Record of a corpus in a sweep's folder: who is in the data, and who was left out."""

import json
from typing import Any

from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.perception import agreement, perceive, sizes
from fairser_core.corpora.rated_corpus import RatedCorpus
from search.corpus.counts import (
    Counts,
    activation_counts,
    emotion_counts,
    rater_counts,
    session_counts,
)
from search.corpus.tables import given_line, subset_lines
from search.store.storage import Storage, StorageError

FILE = "corpus.json"


def corpus_record(corpus: Corpus | RatedCorpus) -> dict[str, Any]:
    """Return the content of `corpus.json`.

    Returns:
        `sizes`: tables with the fields of `Counts`; `notes`: notes of the reader, also on what was
        left out; `sentences`: further counts. With ratings also `agreement`: rows of
        `perception.agreement`, null where a share is unknown.
    """
    record: dict[str, Any] = {"notes": list(corpus.notes), "sentences": []}
    if isinstance(corpus, Corpus):
        return {**record, "sizes": [vars(activation_counts(corpus))]}
    perceived = perceive(corpus.ratings, corpus.raters, corpus.emotions)
    numbers = sizes(perceived)
    counts: list[Counts] = [
        session_counts(corpus, perceived),
        emotion_counts(corpus, perceived),
        rater_counts(corpus, numbers),
    ]
    lines = [*subset_lines(numbers), given_line(corpus, perceived)]
    table = agreement(perceived, corpus.emotions)
    return {
        **record,
        "sizes": [vars(table_counts) for table_counts in counts],
        "sentences": [line for line in lines if line],
        # Through JSON, which turns NaN into null and numpy's numbers into Python's.
        "agreement": json.loads(table.to_json(orient="records", double_precision=15)),
    }


def keep_record(folder: Storage, corpus: Corpus | RatedCorpus) -> None:
    """Write the record into a sweep's folder, unless there is one."""
    if folder.read(FILE) is None:
        text = json.dumps(corpus_record(corpus), indent=2, allow_nan=False)
        folder.write(FILE, f"{text}\n".encode())


def read_record(folder: Storage) -> dict[str, Any] | None:
    """Return the record of a sweep's corpus; None for a sweep of a version without records.

    Raises:
        StorageError: the file is not what `keep_record` writes; names it.
    """
    content, path = folder.read(FILE), folder.where(FILE)
    if content is None:
        return None
    try:
        record = json.loads(content)
        counts = [Counts(**table) for table in record["sizes"]]
        [str(line) for line in [*record["notes"], *record["sentences"]]]
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(f"{path} is not a record of a corpus: {error!r}") from error
    return {**record, "sizes": counts}
