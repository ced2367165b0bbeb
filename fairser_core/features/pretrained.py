"""Pretrained speech models of either kind: a folder of Hugging Face, or a file of vq-wav2vec."""

from pathlib import Path

from fairser_core.features.speech_model import SpeechModel
from fairser_core.features.vq_wav2vec import VqWav2vec

Pretrained = SpeechModel | VqWav2vec


def open_pretrained(path: Path) -> Pretrained:
    """Open a pretrained model: a folder as Hugging Face publishes it, or else a vq-wav2vec.

    Raises:
        SpeechModelError: the folder cannot be used.
        VqWav2vecError: the file cannot be read, or fairseq is not installed.
    """
    return SpeechModel(path) if path.is_dir() else VqWav2vec(path)
