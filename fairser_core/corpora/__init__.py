"""Speech with labels: checked tables, and a reader for each corpus."""

from fairser_core.corpora import (
    audformat_database,
    category_manifest,
    crema_d,
    demo,
    demo_classes,
    demo_emotions,
    emodb,
    emozionalmente,
    iemocap,
    iemocap_classes,
    manifest,
    msp_podcast,
    msp_podcast_classes,
    rated_manifest,
    ravdess,
)
from fairser_core.corpora.category_corpus import CategoryCorpus
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
    "emozionalmente": emozionalmente.RATED_READER,
    "iemocap": iemocap.READER,
    "manifest": rated_manifest.READER,
}
"""Readers of corpora with ratings of emotions by person."""

CATEGORY_READERS: dict[str, Reader[CategoryCorpus]] = {
    "audformat": audformat_database.READER,
    "crema_d": crema_d.READER,
    "demo_classes": demo_classes.READER,
    "emodb": emodb.READER,
    "emozionalmente": emozionalmente.READER,
    "iemocap": iemocap_classes.READER,
    "manifest": category_manifest.READER,
    "msp_podcast": msp_podcast_classes.READER,
    "ravdess": ravdess.CLASS_READER,
}
"""Readers of corpora with classes of emotion."""
