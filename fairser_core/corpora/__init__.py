"""Speech with labels: a checked table and a reader for each corpus."""

from collections.abc import Callable

from fairser_core.corpora.corpus import Corpus
from fairser_core.corpora.demo import read_demo
from fairser_core.corpora.manifest import read_manifest
from fairser_core.corpora.msp_podcast import read_msp_podcast
from fairser_core.corpora.ravdess import read_ravdess

READERS: dict[str, Callable[..., Corpus]] = {
    "demo": read_demo,
    "ravdess": read_ravdess,
    "manifest": read_manifest,
    "msp_podcast": read_msp_podcast,
}
"""All are called as reader(folder, *, threshold, skip_broken), and with keywords of their own."""
