"""Simulated detectors of emotions on rated speech of known truth: sessions, speakers, raters."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]

PRIORS = np.array([0.2, 0.3, 0.5])  # shares of the emotions
AGREED = 0.6  # share of S1
ALIGNED = np.array([0.35, 0.35, 0.3])  # shares within S2: women's truth, men's, neither's
STRENGTH = {True: 1.2, False: 0.5}  # of a detector's evidence, in S1 and in S2
AGAINST = -1.1  # evidence where the truth is another emotion
CONSISTENT = -0.9  # quantile of the mean deviation from neighbours
SHARED = 0.7  # share of its variance that all seeds have in common


@dataclass(frozen=True)
class EmotionWorld:
    """Sessions of two speakers, tested by detectors of each emotion.

    A detector fires where its evidence is above 0: a mean by truth and subset, errors of the
    session, of the speaker and of the seed, and noise of variance 1.

    Attributes:
        sessions: number of sessions, each of a woman and a man.
        seeds: number of seeds.
        leaning: evidence for utterances whose truth is the women's perception alone; less it for
            the men's.
        between: sd of the speakers' errors.
        of_session: sd of the sessions' errors, which both of its speakers share.
        seed_sd: sd over seeds of a detector's error.
        utterances: mean number of utterances of a speaker, who have from a half to three halves.
        agreement: mean quantile of the women's agreement with the truth; its sd between speakers is
            `between`.
        label: words on what is special in it.
    """

    sessions: int
    seeds: int
    leaning: float = 0.0
    between: float = 0.4
    of_session: float = 0.0
    seed_sd: float = 0.15
    utterances: int = 60
    agreement: float = 0.8
    label: str = ""

    @property
    def name(self) -> str:
        """Name in tables."""
        seeds = f"{self.seeds} seeds" if self.seeds > 1 else ""
        parts = f"{self.sessions} sessions of 2 speakers", seeds, self.label
        return ", ".join(part for part in parts if part)

    @property
    def speakers(self) -> int:
        """Number of all speakers."""
        return 2 * self.sessions


@dataclass(frozen=True)
class RatedSpeech:
    """Drawn utterances, and what all systems' detectors have in common there.

    Attributes:
        speaker: number of each utterance's speaker (utterance,).
        emotion: number of each utterance's true emotion (utterance,).
        s1: where both genders perceive the truth (utterance,).
        aligned: 1 for women's perception alone, 0 for men's, NaN for neither's (utterance,).
        evidence: for each emotion (emotion, utterance), without the seeds' part.
        deviation: quantile of the deviation from neighbours (utterance,), likewise.
    """

    speaker: NDArray[np.intp]
    emotion: NDArray[np.intp]
    s1: NDArray[np.bool_]
    aligned: Floats
    evidence: Floats
    deviation: Floats


def draw_rated(world: EmotionWorld, rng: np.random.Generator) -> RatedSpeech:
    """Draw speakers, their utterances, and the evidence without the seeds' part."""
    mean = world.utterances
    sizes = rng.integers(mean // 2, 2 * mean - mean // 2 + 1, world.speakers)
    speaker = np.repeat(np.arange(world.speakers), sizes)
    shares = rng.dirichlet(20 * PRIORS, world.speakers)
    emotion = (rng.random(len(speaker))[:, None] > shares.cumsum(axis=1)[speaker]).sum(axis=1)
    s1 = rng.random(len(speaker)) < AGREED
    aligned = rng.choice([1.0, 0.0, np.nan], len(speaker), p=ALIGNED)
    aligned[s1] = np.nan
    kinds, shape = len(PRIORS), (len(PRIORS), world.speakers)
    errors = rng.normal(0, world.between, shape)
    errors += np.repeat(rng.normal(0, world.of_session, (kinds, world.sessions)), 2, axis=1)
    noise = rng.normal(0, SHARED**0.5, (kinds, len(speaker)))
    means = np.where(s1, STRENGTH[True], STRENGTH[False])
    means = np.where(emotion == np.arange(kinds)[:, None], means, AGAINST)
    leaning = world.leaning * np.nan_to_num(2 * aligned - 1)
    deviation = CONSISTENT + rng.normal(0, world.between, world.speakers)[speaker]
    return RatedSpeech(
        speaker=speaker,
        emotion=emotion,
        s1=s1,
        aligned=aligned,
        evidence=means + leaning + errors[:, speaker] + noise,
        deviation=deviation + rng.normal(0, SHARED**0.5, len(speaker)),
    )


def predict_emotions(
    world: EmotionWorld, speech: RatedSpeech, rng: np.random.Generator
) -> pd.DataFrame:
    """Draw a system's predictions, as a replication records them."""
    parts = []
    for number, evidence in enumerate(speech.evidence):
        columns: dict[str, object] = {
            "utterance": np.arange(len(evidence)),
            "speaker": speech.speaker,
            "emotion": f"e{number}",
            "truth": speech.emotion == number,
            "s1": speech.s1,
            "aligned": speech.aligned,
        }
        for seed in range(world.seeds):
            luck = rng.normal(0, world.seed_sd, 2)
            noise = rng.normal(0, (1 - SHARED) ** 0.5, (2, len(evidence)))
            columns[f"score-{seed}"] = stats.norm.cdf(evidence + luck[0] + noise[0])
            deviation = stats.norm.cdf(speech.deviation + luck[1] + noise[1])
            columns[f"deviation_emotion-{seed}"] = deviation
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def emotion_truth(world: EmotionWorld, seeds: int = 20_000) -> dict[str, float]:
    """Return each metric on endless sessions, mean over many seeds and over emotions."""
    luck = np.random.default_rng(0).normal(0, world.seed_sd, seeds)
    each = [_detector_truth(world, prior, luck) for prior in PRIORS]
    values = {name: float(np.mean([of[name] for of in each])) for name in each[0]}
    # The mean of Φ(x) of a normal x is Φ(mean / √(1 + variance)).
    spread = (2 + world.between**2 + world.seed_sd**2) ** 0.5
    return values | {"consistency_emotion": 1 - float(stats.norm.cdf(CONSISTENT / spread))}


def _detector_truth(world: EmotionWorld, prior: float, luck: Floats) -> dict[str, float]:
    """Return the metrics of an emotion's detector on endless sessions, mean over seeds' luck."""
    spread = (1 + world.between**2 + world.of_session**2) ** 0.5

    def fires(s1: bool, leaning: float) -> tuple[Floats, Floats]:
        means = STRENGTH[s1] + leaning, AGAINST + leaning
        of, others = (stats.norm.cdf((mean + luck) / spread) for mean in means)
        return np.asarray(of), np.asarray(others)

    leanings = world.leaning * np.array([1, -1, 0])
    s2 = [fires(False, leaning) for leaning in leanings]
    mixed = tuple(sum(w * each[i] for w, each in zip(ALIGNED, s2, strict=True)) for i in (0, 1))
    s1 = fires(True, 0.0)
    both = tuple(AGREED * s1[i] + (1 - AGREED) * mixed[i] for i in (0, 1))
    women, men = (prior * of + (1 - prior) * others for of, others in s2[:2])
    return {
        "f1_all": _f1(both, prior, prior),
        "f1_s1": _f1(s1, prior, prior),
        "f1_s2": _f1(mixed, prior, prior),
        "f1_macro_s1": _f1(s1, prior, 0.5),
        "parity_s2_signed": float((women - men).mean()),
    }


def _f1(fires: tuple[Floats, ...], prior: float, weight: float) -> float:
    """Return the mean over seeds of the F1 of both classes, the emotion's weighted by `weight`.

    Args:
        fires: shares of detections where the truth is the emotion, and where it is not (seed,).
        prior: share of the emotion.
        weight: weight of the emotion's F1.
    """
    hits, alarms = prior * fires[0], (1 - prior) * fires[1]
    wrong = prior - hits + alarms
    rest = 1 - prior - alarms
    values = weight * 2 * hits / (2 * hits + wrong) + (1 - weight) * 2 * rest / (2 * rest + wrong)
    return float(values.mean())


def draw_agreement(world: EmotionWorld, rng: np.random.Generator) -> pd.DataFrame:
    """Draw whether the women's and the men's consensus is the truth, as `perceive` returns it.

    Returns:
        Table indexed by utterance, all of one emotion, and a column `speaker`.
    """
    sizes = rng.integers(world.utterances // 2, 2 * world.utterances, world.speakers)
    speaker = np.repeat(np.arange(world.speakers), sizes)
    table = pd.DataFrame({"truth": "joy", "speaker": speaker})
    for gender in ("female", "male"):
        plain = world.agreement + rng.normal(0, world.between, world.speakers)[speaker]
        agrees = rng.random(len(speaker)) < stats.norm.cdf(plain)
        table[f"consensus_{gender}"] = np.where(agrees, "joy", "rage")
        table[f"raters_{gender}"] = 2
    agree = (table["consensus_female"] == "joy") & (table["consensus_male"] == "joy")
    return table.assign(subset=np.where(agree, "S1", "S2"))


def agreement_truth(world: EmotionWorld) -> float:
    """Return the share of endless speakers' utterances on which a gender agrees with the truth."""
    return float(stats.norm.cdf(world.agreement / (1 + world.between**2) ** 0.5))
