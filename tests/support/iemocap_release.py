"""Files of an IEMOCAP release."""

import re
import zlib
from pathlib import Path

import numpy as np
import soundfile


def dialog(session: int, name: str, *turns: str) -> str:
    """The label file of a dialog; a turn is written "F000 ang Anger Anger Sadness"."""
    blocks = ["% comment"]
    for turn in turns:
        last, code, *labels = turn.split()
        header = f"[1.0000 - 2.5000]\tSes0{session}{name}_{last}\t{code}\t[3.0000, 2.0000, 1.0000]"
        rated = [f"C-E{number}:\t{label};\t()" for number, label in enumerate(labels, start=1)]
        blocks.append("\n".join([header, *rated]))
    return "\n\n".join(blocks) + "\n"


def write(release: Path, session: int, name: str, text: str) -> Path:
    """Write a label file and the audio of its turns."""
    folder = release / f"Session{session}"
    path = folder / "dialog" / "EmoEvaluation" / f"{name}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("latin-1"))
    for turn in re.findall(rf"\t({name}_[FM]\d+)\t", text):
        audio = folder / "sentences" / "wav" / name / f"{turn}.wav"
        audio.parent.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng(zlib.crc32(turn.encode()))
        soundfile.write(audio, rng.uniform(-0.1, 0.1, 800), 16000)
    return path
