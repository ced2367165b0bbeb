"""Speech with labels: checked tables, and a reader for each corpus."""

from fairser_core.corpora import (
    demo,
    demo_emotions,
    iemocap,
    manifest,
    msp_podcast,
    rated_manifest,
    ravdess,
)
from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.rated_corpus import RatedCorpus
from fairser_core.corpora.reader import Reader

READERS: dict[str, Reader[Corpus]] = {
    "demo": demo.READER,
    "ravdess": ravdess.READER,
    "manifest": manifest.READER,
    "msp_podcast": msp_podcast.READER,
    "iemocap": iemocap.DIMENSIONS,
}
"""Readers of corpora with labels of activation."""

RATED_READERS: dict[str, Reader[RatedCorpus]] = {
    "demo_emotions": demo_emotions.READER,
    "iemocap": iemocap.READER,
    "manifest": rated_manifest.READER,
}
"""Readers of corpora with ratings of emotions by person."""
