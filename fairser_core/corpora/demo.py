"""Demo corpus of activation: synthesised speech-like audio."""

import os
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import soundfile

from fairser_core.corpora.corpus import PAPER_SCALE, Corpus
from fairser_core.corpora.demo_recipe import PRESETS, Recipe, utterance_table
from fairser_core.corpora.manifest import read_manifest
from fairser_core.corpora.reader import Reader
from fairser_core.corpora.synthesis import Progress, Synthesis
from fairser_core.corpora.voice import SAMPLE_RATE, Voice, speak


def read_demo(
    folder: Path | None = None,
    *,
    threshold: float | None = None,
    skip_broken: bool = False,
    preset: str = "biased",
    smoke: bool = False,
    progress: Progress | None = None,
) -> Corpus:
    """Read the demo corpus; make the corpus first if it is not in the folder.

    Args:
        folder: folder of the corpus; by default `demo` in the user's cache folder.
        threshold: greatest activation that is low; by default 3.5.
        skip_broken: leave out rows that cannot be used, and note how many.
        preset: `biased`, where activation sounds different in women, who are few in training; or
            `null`, where it sounds the same.
        smoke: whether the corpus is tiny, for a trial run.
        progress: function called while the corpus is made.

    Raises:
        CorpusError: there is no such preset, or the table breaks a rule (see `make_corpus`).
    """
    with DEMO.folder(folder, preset, smoke, progress) as manifest:
        corpus = read_manifest(
            manifest, threshold=threshold, skip_broken=skip_broken, scale=PAPER_SCALE
        )
    notes = (f"synthesised speech, preset {preset}", *corpus.notes)
    return replace(corpus, name=DEMO.name, notes=notes)


def write_demo(folder: Path, recipe: Recipe, progress: Progress | None) -> None:
    """Write the corpus of a recipe: a manifest.csv, and 16-bit WAV files at 8 kHz.

    Args:
        folder: empty folder.
        recipe: recipe of the corpus.
        progress: function called after each utterance.
    """
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


DEMO = Synthesis(
    name="demo",
    version=1,
    presets=PRESETS,
    smoke={"utterances": (80, 40, 40), "speakers": (10, 6, 6)},
    write=write_demo,
)
READER = Reader(
    read=read_demo,
    title="synthesised speech with activation that sounds different in women",
    licence="that of fairser",
)
