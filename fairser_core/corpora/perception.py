"""Perception of emotions by women and men among the raters: ground truth, consensus, S1 and S2.

Chien & Lee (2023), section 2.1.1. Labels are those of a corpus' ratings; None of the formulas is a
missing value (NaN) in the tables.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from fairser_core.csv_cells import WHY_EMPTY
from fairser_core.metrics.intervals import interval
from fairser_core.metrics.resampling import mean
from fairser_core.metrics.speakers import Speakers


def plurality(ratings: pd.DataFrame) -> pd.Series:
    """Return for each utterance the label that more ratings name than any other.

    Args:
        ratings: `utterance` and `label`; rows (rating,).

    Returns:
        Labels (utterance,), indexed by the utterances that have a rating; missing where several
        labels have the most votes.
    """
    votes = ratings.groupby(["utterance", "label"], sort=False).size().reset_index(name="votes")
    most = votes.groupby("utterance")["votes"].transform("max")
    winners = votes[votes["votes"] == most].set_index("utterance")["label"]
    tied = winners.index.duplicated(keep=False)
    return winners[~tied].reindex(votes["utterance"].unique())


def perceive(ratings: pd.DataFrame, raters: pd.DataFrame, emotions: Sequence[str]) -> pd.DataFrame:
    """Return ground truth, consensus of each gender and aligned gender of every utterance.

        gt(u)  = the unique plurality of all votes on u, else None
        cons_g = the unique plurality of the votes of gender g, else None (a tie, or no rater)
        S1: cons_M = cons_F = gt
        S2: all others that have a gt;
            a(u) = M if cons_M = gt ≠ cons_F, F if cons_F = gt ≠ cons_M, else None

    An utterance that only one gender has rated is thus in S2, aligned with that gender.

    Args:
        ratings: `utterance`, `rater`, `label`, one row a label that a rater gave; each counts as
            one vote.
        raters: `rater`, `gender` ("female" or "male"), of all raters in `ratings`.
        emotions: studied emotions. Utterances with another ground truth are in neither set.

    Returns:
        One row an utterance, indexed by its id: `truth`; `consensus_female`, `consensus_male`;
        `raters_female`, `raters_male` (numbers of raters); `subset` ("S1" or "S2", missing without
        a ground truth among the emotions); `aligned` ("female" or "male", missing where a(u) is
        None and outside S2).

    Raises:
        ValueError: a rating's rater is not among the raters.
    """
    votes = ratings[["utterance", "rater", "label"]].merge(
        raters[["rater", "gender"]], on="rater", validate="many_to_one"
    )
    if len(votes) < len(ratings):
        strangers = sorted(set(ratings["rater"]) - set(raters["rater"]))
        raise ValueError(f"all raters of ratings must be in `raters`, {strangers} are not")
    table = plurality(ratings).rename("truth").to_frame()
    for gender in ("female", "male"):
        of_gender = votes[votes["gender"] == gender]
        table[f"consensus_{gender}"] = plurality(of_gender).reindex(table.index)
        counts = of_gender.groupby("utterance")["rater"].nunique()
        table[f"raters_{gender}"] = counts.reindex(table.index, fill_value=0).astype(int)
    # Nothing equals a missing value.
    female, male = (table[f"consensus_{g}"] == table["truth"] for g in ("female", "male"))
    studied = table["truth"].isin(list(emotions))
    table["subset"] = pd.Series("S2", table.index).mask(female & male, "S1").where(studied)
    aligned = pd.Series("female", table.index).mask(male, "male")
    table["aligned"] = aligned.where(studied & (female != male))
    return table


def sizes(perceived: pd.DataFrame) -> dict[str, int]:
    """Return the number of utterances of each kind, and of those left out by reason.

    Args:
        perceived: table that `perceive` returns.

    Returns:
        Numbers of utterances. `utterances`: all, which are either left out, having
        `no_plurality` or `another_emotion`, or in `S1` or `S2`. Of S2: `aligned_female`,
        `aligned_male`, `aligned_with_none`. Of both sets and each gender: `tied_*`, whose raters
        agree on no label, and `unrated_*`, without a rater.
    """
    kept = perceived[perceived["subset"].notna()]
    split = kept[kept["subset"] == "S2"]
    counts = {
        "utterances": len(perceived),
        "no_plurality": int(perceived["truth"].isna().sum()),
        "another_emotion": int((perceived["truth"].notna() & perceived["subset"].isna()).sum()),
        "S1": len(kept) - len(split),
        "S2": len(split),
        "aligned_female": int((split["aligned"] == "female").sum()),
        "aligned_male": int((split["aligned"] == "male").sum()),
        "aligned_with_none": int(split["aligned"].isna().sum()),
    }
    for gender in ("female", "male"):
        rated = kept[f"raters_{gender}"] > 0
        counts[f"tied_{gender}"] = int((rated & kept[f"consensus_{gender}"].isna()).sum())
        counts[f"unrated_{gender}"] = int((~rated).sum())
    return counts


def agreement(perceived: pd.DataFrame, emotions: Sequence[str], speaker: pd.Series) -> pd.DataFrame:
    """Return how often a gender's consensus is the ground truth: P(cons_g = gt) of Figures 1 and 2.

    A gender whose raters tie does not agree. An utterance without a rater of a gender does not
    count for this gender. Intervals are over speakers, whose utterances are agreed on alike, and
    of these very raters: others are too few to say anything of raters in general.

    Args:
        perceived: table that `perceive` returns.
        emotions: ground truths to keep apart, in order.
        speaker: name of each utterance's speaker, indexed by utterance.

    Returns:
        One row for each of `data` ("all": S1 and S2, Figure 1; "S2": Figure 2), `emotion` and
        `gender`: `agreeing` of `utterances`, those with a rater of the gender; `tied` among these;
        `unrated` besides them; `speakers` of the utterances; `share` = agreeing / utterances in
        0..1, NaN without utterances; `low`, `high`: its 95 % interval, NaN with fewer than five
        speakers, or where all or none of the utterances agree; and `why_empty`: why there is NaN.
    """
    rows = []
    for data, members in (("all", ("S1", "S2")), ("S2", ("S2",))):
        chosen = perceived[perceived["subset"].isin(members)]
        for emotion in emotions:
            group = chosen[chosen["truth"] == emotion]
            rows += [
                {
                    "data": data,
                    "emotion": emotion,
                    "gender": gender,
                    **_counts(group, gender),
                    **_share(group, gender, speaker),
                }
                for gender in ("female", "male")
            ]
    return pd.DataFrame(rows)


def _share(group: pd.DataFrame, gender: str, speaker: pd.Series) -> dict[str, float | str]:
    """Return number of speakers, share of agreement, its interval over speakers, and reasons."""
    rated = group[group[f"raters_{gender}"] > 0]
    agrees = (rated[f"consensus_{gender}"] == rated["truth"]).to_numpy(bool)
    if not len(agrees):
        nothing = dict.fromkeys(("share", "low", "high"), float("nan"))
        return {"speakers": 0, **nothing, WHY_EMPTY: "share, low, high: no rated utterance"}
    speakers = Speakers.of(speaker.loc[rated.index].to_numpy())
    without = mean(agrees, speakers.without_each())
    of = interval(agrees.mean(keepdims=True), without[:, None], speakers.group, (0.0, 1.0))
    ends = {"share": float(agrees.mean()), "low": of.low, "high": of.high}
    why = f"low, high: {of.reason}" if np.isnan(of.low) else ""
    return {"speakers": len(speakers), **ends, WHY_EMPTY: why}


def _counts(group: pd.DataFrame, gender: str) -> dict[str, int]:
    rated = group[group[f"raters_{gender}"] > 0]
    consensus = rated[f"consensus_{gender}"]
    return {
        "agreeing": int((consensus == rated["truth"]).sum()),
        "utterances": len(rated),
        "tied": int(consensus.isna().sum()),
        "unrated": len(group) - len(rated),
    }
