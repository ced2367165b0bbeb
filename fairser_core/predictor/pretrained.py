"""Pretrained speech model that a bundle needs: in a folder of its own, or held by the bundle."""

from dataclasses import dataclass
from pathlib import Path

from fairser_core.features.speech_model import SpeechModel
from fairser_core.predictor.fields import BundleError

FOLDER = "pretrained"
"""Folder of the model in a bundle that holds it."""
TERMS = ("README.md", "LICENSE", "LICENSE.txt", "LICENSE.md", "NOTICE")
"""Files of a model's folder that state its terms, which go wherever the model goes."""


@dataclass(frozen=True, kw_only=True)
class PretrainedModel:
    """Name of a pretrained speech model by its content.

    Attributes:
        pretrained: SHA-256 of the folder's content; see `SpeechFolder.fingerprint`.
        name: name of the folder that the model was trained with.
        coefficients: values of a frame of a layer.
        licence: licence that the folder declares; `unknown` if it declares none.
    """

    pretrained: str
    name: str
    coefficients: int
    licence: str

    @classmethod
    def of(cls, model: SpeechModel) -> "PretrainedModel":
        """Return the name of a model."""
        folder = model.folder
        return cls(
            pretrained=folder.fingerprint,
            name=folder.path.resolve().name,
            coefficients=folder.width,
            licence=folder.licence or "unknown",
        )

    def open(self, path: Path | None) -> SpeechModel:
        """Open the folder of the model.

        Args:
            path: folder; None where none was given.

        Raises:
            BundleError: no folder was given, or it holds another model.
            SpeechModelError: the folder cannot be used.
        """
        which = f"{self.name}, SHA-256 {self.pretrained[:16]}..."
        if path is None:
            raise BundleError(
                f"this model learned from a pretrained speech model ({which}), which the bundle "
                "does not hold: name its folder, --pretrained FOLDER"
            )
        model = SpeechModel(path)
        if model.folder.fingerprint != self.pretrained:
            raise BundleError(
                f"{path} must hold the pretrained model that this one learned from ({which}), its "
                f"SHA-256 is {model.folder.fingerprint[:16]}..."
            )
        return model


def model_files(model: SpeechModel) -> dict[str, bytes]:
    """Return the files by which a bundle holds a model, with those of its terms, by name."""
    path = model.folder.path
    terms = [name for name in TERMS if (path / name).is_file()]
    return {
        f"{FOLDER}/{name}": (path / name).read_bytes() for name in (*model.folder.names, *terms)
    }


def held_model(bundle: Path) -> Path | None:
    """Return the folder of the model in a bundle; None if it holds none.

    Raises:
        BundleError: a link is in it, which could lead out of the bundle.
    """
    folder = bundle / FOLDER
    if not folder.exists():
        return None
    for path in (folder, *folder.iterdir()):
        if path.is_symlink():
            raise BundleError(f"{path} must lie in the bundle, but is a link")
    return folder
