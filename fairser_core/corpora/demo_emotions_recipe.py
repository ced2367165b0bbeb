"""Recipe of the demo corpus of emotions: its utterances, ratings and feature vectors."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from fairser_core.corpora.perception import perceive
from fairser_core.corpora.rated_corpus import PAPER_EMOTIONS
from fairser_core.corpora.rating_checks import Tables

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

COUNTS = (1708, 1636, 1103, 1084, 1849)  # of the emotions in IEMOCAP; they give the priors
FRUSTRATION = PAPER_EMOTIONS.index("frustration")
HAPPINESS = PAPER_EMOTIONS.index("happiness")
SESSIONS = 5  # of a woman and a man each, as in IEMOCAP
POOL = 3  # raters of each gender
BLEND = (0.9, 1.2, 2.5)  # the second emotion's weight is the first number times Beta(the others)
CUE_WIDTH = 6  # features that show which gender's perception the ground truth is
WOMENS_LEANING = 0.6  # women's leaning towards frustration, as a part of men's away from it


@dataclass(frozen=True)
class Recipe:
    """Recipe of the corpus. The defaults are the preset `biased`.

    An utterance blends two emotions; frustration blends with neutral, anger and sadness, never with
    happiness. A rater of gender g votes for emotion e with the probability

        softmax_e((2 κ blend_e + b_g [e = frustration]) / T_g)

    where men lean away from frustration, b_M = -β, and women towards it, b_F = 0.6 β. Men are the
    more certain (T_M < T_F): as a minority of many panels they would otherwise agree less with the
    ground truth on every emotion. Three or four raters judge an utterance, mostly women and men in
    near balance.

    Features are prototypes of the emotions blended alike, plus an offset of each speaker and unit
    noise. The last ones have +γ where the ground truth is the women's perception alone, -γ where it
    is the men's, and 0 elsewhere.

    Attributes:
        seed: seed of all random draws.
        utterances: number of all utterances, of which some get no ground truth.
        width: features of an utterance.
        clarity: κ, agreement of raters on plain emotions; a greater one gives more of S1.
        leaning: β.
        temperatures: T of women and of men.
        single: share of the panels of three raters of one gender.
        four: share of the panels of two women and two men; the others are three of both genders.
        cue: γ.
        separation: standard deviation of the prototypes.
        speaker_noise: standard deviation of the speakers' offsets.
    """

    seed: int = 1
    utterances: int = 2200
    width: int = 64
    clarity: float = 1.65
    leaning: float = 0.65
    temperatures: tuple[float, float] = (1.05, 0.8)
    single: float = 0.04
    four: float = 0.3
    cue: float = 0.5
    separation: float = 0.4
    speaker_noise: float = 0.5


PRESETS = {
    "biased": Recipe(),
    # The same voices and votes, but nothing in the features shows whose perception it is.
    "null": Recipe(cue=0.0),
}


def rated_tables(recipe: Recipe) -> tuple[Tables, FloatArray]:
    """Make the corpus without its files.

    Args:
        recipe: recipe of the corpus.

    Returns:
        Tables of utterances, ratings and raters, without the column of files; and features
        (utterance, feature).
    """
    streams = np.random.SeedSequence(recipe.seed).spawn(3)
    of_speech, of_votes, of_features = (np.random.default_rng(stream) for stream in streams)
    utterances, blend = _utterances(recipe, of_speech)
    raters = pd.DataFrame(
        {
            "rater": [f"R{number}" for number in range(1, 2 * POOL + 1)],
            "gender": ["female"] * POOL + ["male"] * POOL,
        }
    )
    ratings = _ratings(recipe, utterances["id"], blend, of_votes)
    perceived = perceive(ratings, raters, PAPER_EMOTIONS)
    aligned = perceived["aligned"].reindex(utterances["id"]).map({"female": 1.0, "male": -1.0})
    sign = np.asarray(aligned.fillna(0.0), dtype=np.float64)
    features = _features(recipe, utterances, blend, sign, of_features)
    return Tables(utterances, ratings, raters), features


def _utterances(recipe: Recipe, rng: np.random.Generator) -> tuple[pd.DataFrame, FloatArray]:
    """Make the table, and the share of each emotion in an utterance (utterance, emotion)."""
    count, emotions = recipe.utterances, len(PAPER_EMOTIONS)
    first = _deal(np.array(COUNTS) / sum(COUNTS), count, rng)
    partners = ~np.eye(emotions, dtype=bool)
    partners[FRUSTRATION, HAPPINESS] = partners[HAPPINESS, FRUSTRATION] = False
    # The partner of the highest random number is drawn uniformly.
    second = np.where(partners[first], rng.random((count, emotions)), -1.0).argmax(axis=1)
    weight = BLEND[0] * rng.beta(*BLEND[1:], count)
    blend = np.zeros((count, emotions))
    blend[np.arange(count), first] = 1 - weight
    blend[np.arange(count), second] = weight
    speaker = np.arange(count) % (2 * SESSIONS)
    session, man = speaker // 2 + 1, speaker % 2
    table = pd.DataFrame(
        {
            "id": [f"u{number:04}" for number in range(count)],
            "speaker": [f"{s}{'FM'[m]}" for s, m in zip(session, man, strict=True)],
            "gender": np.where(man, "male", "female"),
            "session": session.astype(str),
            "first": np.array(PAPER_EMOTIONS)[first],
            "second": np.array(PAPER_EMOTIONS)[second],
            "weight": weight.round(4),
        }
    )
    return table, blend


def _ratings(
    recipe: Recipe, ids: pd.Series, blend: FloatArray, rng: np.random.Generator
) -> pd.DataFrame:
    """Make the table of ratings, one row a vote."""
    panels = _panels(recipe, len(ids), rng)
    leanings = recipe.leaning * np.array([WOMENS_LEANING, -1.0])
    votes = []
    for man, leaning in enumerate(leanings):
        logits = 2 * recipe.clarity * blend
        logits[:, FRUSTRATION] += leaning
        logits = logits / recipe.temperatures[man]
        # The highest of logits with Gumbel noise is drawn by their softmax.
        noise = rng.gumbel(size=(POOL, *logits.shape))
        votes.append((logits + noise).argmax(axis=2))
    utterance, rater = np.nonzero(panels)
    label = np.concatenate(votes).T[utterance, rater]
    return pd.DataFrame(
        {
            "utterance": ids.to_numpy()[utterance],
            "rater": [f"R{number + 1}" for number in rater],
            "label": np.array(PAPER_EMOTIONS)[label],
        }
    )


def _panels(recipe: Recipe, count: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Draw whether each rater rates each utterance (utterance, rater), women first."""
    mixed = (1 - recipe.single - recipe.four) / 2
    kinds = np.array([[2, 2], [2, 1], [1, 2], [3, 0], [0, 3]])  # women and men
    shares = np.array([recipe.four, mixed, mixed, recipe.single / 2, recipe.single / 2])
    sizes = kinds[_deal(shares, count, rng)]
    order = rng.random((count, 2, POOL)).argsort(axis=2)
    return (order < sizes[:, :, None]).reshape(count, 2 * POOL)


def _deal(shares: FloatArray, count: int, rng: np.random.Generator) -> IntArray:
    """Deal indices into the shares in random order, each as often as its share up to rounding."""
    levels = (rng.permutation(count) + 0.5) / count
    return np.searchsorted(np.cumsum(shares)[:-1], levels).astype(np.int64)


def _features(
    recipe: Recipe,
    utterances: pd.DataFrame,
    blend: FloatArray,
    sign: FloatArray,
    rng: np.random.Generator,
) -> FloatArray:
    """Make features (utterance, feature); `sign` is of the cue (utterance,), 0 without one."""
    width = recipe.width - CUE_WIDTH
    speakers = utterances["speaker"].astype("category").cat.codes.to_numpy()
    prototypes = rng.normal(0.0, recipe.separation, (blend.shape[1], width))
    offsets = rng.normal(0.0, recipe.speaker_noise, (speakers.max() + 1, recipe.width))
    means = np.hstack([blend @ prototypes, np.tile(recipe.cue * sign[:, None], CUE_WIDTH)])
    return means + offsets[speakers] + rng.normal(size=means.shape)
