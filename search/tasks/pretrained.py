"""Speech models in folders: the check of a path, and words of a model card on them."""

from pathlib import Path

from fairser_core.features.mfcc import MfccSettings
from fairser_core.predictor.pretrained import FOLDER, PretrainedModel

Features = MfccSettings | PretrainedModel | None


def check_folder(pretrained: Path, spaces: str) -> None:
    """Raise a ValueError unless a pretrained model is a folder.

    Args:
        pretrained: path of the model.
        spaces: what the spaces are of, for the message.
    """
    if not pretrained.is_dir():
        raise ValueError(
            f"spaces of {spaces} take a pretrained model as Hugging Face publishes it, a folder "
            f"with config.json, {pretrained} is none"
        )


def on_pretrained(features: Features) -> tuple[str, ...]:
    """Return a sentence on the speech model that a bundle needs; none without a model."""
    if not isinstance(features, PretrainedModel):
        return ()
    return (
        f"It learned from vectors of {features.name} (SHA-256 {features.pretrained}, licence "
        f"{features.licence}), whose terms hold here, too. Predicting needs its folder, unless "
        f"this bundle holds it in `{FOLDER}`.",
    )


def example_input(features: Features) -> str:
    """Return a file to predict, with the options that it needs."""
    if isinstance(features, PretrainedModel):
        return "recording.wav --pretrained FOLDER"
    return "recording.wav" if features else "features.npy"


def validation_source(features: Features) -> str:
    """Return what validation utterances are predicted from."""
    of_model = isinstance(features, PretrainedModel)
    return "vectors, which a search has in its cache" if of_model else "files"
