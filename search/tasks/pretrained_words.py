"""Words of a model card on the speech model that a bundle needs."""

from fairser_core.features.mfcc import MfccSettings
from fairser_core.predictor.pretrained import PretrainedModel

Features = MfccSettings | PretrainedModel | None


def on_pretrained(features: Features) -> tuple[str, ...]:
    """Return a sentence on the speech model that a bundle needs; none without a model."""
    if not isinstance(features, PretrainedModel):
        return ()
    return (
        f"It learned from vectors of {features.name} (SHA-256 {features.pretrained}, licence "
        f"{features.licence}), whose folder predicting needs and whose terms hold here, too.",
    )


def example_input(features: Features) -> str:
    """Return a file to predict, with the options that it needs."""
    if isinstance(features, PretrainedModel):
        return "recording.wav --pretrained FOLDER"
    return "recording.wav" if features else "features.npy"
