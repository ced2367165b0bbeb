"""Speech with labels: checked tables and a reader for each corpus."""

from collections.abc import Callable

from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.demo import read_demo
from fairser_core.corpora.demo_emotions import read_demo_emotions
from fairser_core.corpora.iemocap import read_iemocap
from fairser_core.corpora.manifest import read_manifest
from fairser_core.corpora.msp_podcast import read_msp_podcast
from fairser_core.corpora.rated import RatedCorpus
from fairser_core.corpora.rated_manifest import read_rated_manifest
from fairser_core.corpora.ravdess import read_ravdess

READERS: dict[str, Callable[..., Corpus]] = {
    "demo": read_demo,
    "ravdess": read_ravdess,
    "manifest": read_manifest,
    "msp_podcast": read_msp_podcast,
}
"""All are called as reader(folder, *, threshold, skip_broken), and with keywords of their own."""

RATED_READERS: dict[str, Callable[..., RatedCorpus]] = {
    "demo_emotions": read_demo_emotions,
    "iemocap": read_iemocap,
    "manifest": read_rated_manifest,
}
"""All are called as reader(folder, *, skip_broken), and with keywords of their own."""
