"""Tables of artificial utterances whose features follow their labels."""

import numpy as np
import pandas as pd


def toy_table(utterances: int = 90, seed: int = 0) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """Return utterances whose features follow activation, the women's less so."""
    rng = np.random.default_rng(seed)
    activation = rng.normal(3.8, 1.2, utterances).clip(1, 7).astype(np.float32)
    female = rng.random(utterances) < 0.4
    features = [
        (
            rng.normal(size=(rng.integers(20, 50), 6))
            + (value - 3.8) * np.linspace(-1, 1, 6) * (0.3 if woman else 1.0)
        ).astype(np.float32)
        for value, woman in zip(activation, female, strict=True)
    ]
    gender = np.where(female, "female", "male")
    split = np.where(np.arange(utterances) < 0.7 * utterances, "train", "validation")
    table = pd.DataFrame(
        {
            "id": [f"utterance-{i}" for i in range(utterances)],
            "speaker": [
                f"{s}-{g}-{i % 5}" for i, (s, g) in enumerate(zip(split, gender, strict=True))
            ],
            "activation": activation,
            "gender": gender,
            "split": split,
        }
    )
    return table, features


def toy_studied(sizes: tuple[int, ...] = (30, 37, 44), seed: int = 0) -> pd.DataFrame:
    """Return utterances of sessions of given sizes, as `studied_utterances` returns them."""
    rng = np.random.default_rng(seed)
    session = np.repeat(np.arange(len(sizes)), sizes)
    count = len(session)
    truth = np.array(["anger", "sadness", "neutral"])[rng.integers(0, 3, count)]
    kind = rng.choice(["both", "female", "male", "neither"], count, p=[0.4, 0.25, 0.25, 0.1])
    table = pd.DataFrame(
        {
            "id": [f"utterance-{i}" for i in range(count)],
            "speaker": [f"s{s}{'fm'[i % 2]}" for i, s in enumerate(session)],
            "session": [f"S{s}" for s in session],
            "truth": truth,
            "subset": np.where(kind == "both", "S1", "S2"),
            "aligned": pd.Series(kind).where(np.isin(kind, ["female", "male"])),
        }
    )
    for gender in ("female", "male"):
        agrees = np.isin(kind, ["both", gender])
        table[f"consensus_{gender}"] = pd.Series(truth).where(agrees)
    return table
