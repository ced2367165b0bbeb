"""Loading of a bundle's predictor."""

from os import PathLike
from pathlib import Path

from fairser_core.predictor.activation import ActivationPredictor
from fairser_core.predictor.bundle import Bundle, read_bundle
from fairser_core.predictor.category import CategoryPredictor
from fairser_core.predictor.emotion import EmotionPredictor
from fairser_core.predictor.predictor import Predictor
from fairser_core.predictor.pretrained import PretrainedModel, held_model

PREDICTORS: dict[str, type[Predictor]] = {
    "activation": ActivationPredictor,
    "emotion": EmotionPredictor,
    "category": CategoryPredictor,
}
"""Predictor of each task."""


def load(folder: str | PathLike[str], pretrained: str | PathLike[str] | None = None) -> Predictor:
    """Load the predictor of a bundle, without executing anything in it.

    Args:
        folder: folder of the bundle.
        pretrained: folder of the pretrained speech model that the bundle names; not needed where it
            names none, or holds it.

    Raises:
        BundleError: the folder is no bundle; the message names file, key, value and rule. Or the
            bundle needs a pretrained model, and none, or another, is given.
        SpeechModelError: the pretrained model cannot be used.
    """
    specifications = {name: kind.specification for name, kind in PREDICTORS.items()}
    folder = Path(folder)
    predictor = predictor_of(read_bundle(folder, specifications))
    needed = predictor.bundle.features
    if isinstance(needed, PretrainedModel):
        predictor.model = needed.open(Path(pretrained) if pretrained else held_model(folder))
    return predictor


def predictor_of(bundle: Bundle) -> Predictor:
    """Make the predictor of a bundle."""
    return PREDICTORS[bundle.task_name](bundle)
