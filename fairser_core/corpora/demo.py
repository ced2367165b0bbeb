"""The demo corpus: speech-like audio made once, in seconds, and read like any other corpus."""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import soundfile

from fairser_core.cache_folder import cache_folder
from fairser_core.corpora.corpus import PAPER_SCALE, Corpus
from fairser_core.corpora.demo_recipe import PRESETS, Recipe, utterance_table
from fairser_core.corpora.made import chosen, explained, make_whole, place_of
from fairser_core.corpora.manifest import read_manifest
from fairser_core.corpora.voice import SAMPLE_RATE, Voice, speak

VERSION = 1  # of the synthesis: raised when the same recipe would sound different

Progress = Callable[[int, int], None]


def read_demo(
    folder: Path | None = None,
    *,
    threshold: float | None = None,
    skip_broken: bool = False,
    preset: str = "biased",
    smoke: bool = False,
    progress: Progress | None = None,
) -> Corpus:
    """Read the demo corpus, after making it if need be.

    Args:
        folder: where to keep it; by default `demo` in the user's cache folder.
        threshold: activation above it is high; by default 3.5.
        skip_broken: leave out rows that cannot be used, and note how many.
        preset: `biased`, where activation sounds different in women, who are few in training; or
            `null`, where it sounds the same.
        smoke: a tiny one, to try things out.
        progress: called with (utterances made, utterances) while it is made.

    Raises:
        CorpusError: there is no such preset, or the table is not sound (see `make_corpus`).
    """
    recipe = chosen(preset, PRESETS)
    if smoke:
        recipe = replace(recipe, utterances=(80, 40, 40), speakers=(10, 6, 6))
    place = place_of(folder or cache_folder() / "demo", preset, f"{VERSION} {recipe}")
    if not place.exists():
        make_demo(recipe, place, progress)
    with explained(place):
        corpus = read_manifest(
            place, threshold=threshold, skip_broken=skip_broken, scale=PAPER_SCALE
        )
    notes = (f"synthesised speech, preset {preset}", *corpus.notes)
    return replace(corpus, name="demo", notes=notes)


def make_demo(recipe: Recipe, place: Path, progress: Progress | None = None) -> None:
    """Write the corpus of a recipe, a manifest.csv and 16-bit WAV files at 8 kHz.

    The same recipe gives the same bytes. The folder appears at once and whole: who is interrupted
    leaves none, and of several that make it at the same time one succeeds for all.

    Args:
        recipe: how the corpus is made.
        place: the new folder.
        progress: called in this thread with (utterances made, utterances).
    """
    make_whole(place, lambda folder: _fill(folder, recipe, progress))


def _fill(folder: Path, recipe: Recipe, progress: Progress | None) -> None:
    table = utterance_table(recipe)
    table.insert(1, "path", table["id"] + ".wav")
    parts = [field.name for field in fields(Voice) if field.name in table]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        futures = [
            pool.submit(_write, folder / row["path"], Voice(**row[parts]), recipe.seed, number)
            for number, (_, row) in enumerate(table.iterrows())
        ]
        for done, future in enumerate(as_completed(futures), start=1):
            future.result()
            if progress is not None:
                progress(done, len(futures))
    table.to_csv(folder / "manifest.csv", index=False)


def _write(path: Path, voice: Voice, seed: int, number: int) -> None:
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,)))
    soundfile.write(path, speak(voice, rng), SAMPLE_RATE, subtype="PCM_16")
