"""Whether a file is usable: the one definition, from content, for all commands.

Audio is usable if the whole of it can be decoded to finite samples, within the bounds of `audio`,
and has at least one frame of 40 ms at 8 kHz. Features are usable if `read_array` reads them.
"""

import hashlib
import inspect
import sys
from dataclasses import asdict, dataclass
from types import ModuleType
from typing import Any, ClassVar, TypeVar

import numpy as np
import soundfile

from fairser_core.files import arrays, audio, integrity, mpeg, ogg, promised_size
from fairser_core.files.arrays import read_array
from fairser_core.files.audio import open_audio
from fairser_core.files.resampling import length_problem
from fairser_core.files.segment import AudioError, Segment

RATE = 8000
"""Sample rate in Hz that audio must be resampled to, of the MFCCs of Gorrostieta et al. 2019."""
SHORTEST = 320
"""Fewest samples at `RATE`: a frame of 40 ms."""


@dataclass(frozen=True)
class AudioFacts:
    """Facts of the audio of an utterance, from its content.

    Attributes:
        problem: rule that it breaks, with its name; empty if it is usable.
        rate: sample rate in Hz.
        channels: number of channels.
        frames: number of samples of a channel.
        file_frames: the same of the whole file.
        silent: whether the mean of the channels varies by no more than dither, see `audio.SILENCE`.
        doubt: reason for which the file may be cut; empty if there is none.
        samples: digest of the rate and the decoded samples, which is the same in another format
            without losses; empty if the file is not usable.
    """

    problem: str = ""
    rate: int = 0
    channels: int = 0
    frames: int = 0
    file_frames: int = 0
    silent: bool = False
    doubt: str = ""
    samples: str = ""

    kind: ClassVar[str] = "audio"
    code: ClassVar[tuple[ModuleType, ...]] = (audio, integrity, mpeg, ogg, promised_size)

    @classmethod
    def of(cls, segment: Segment) -> "AudioFacts":
        """Examine audio, which is decoded to its end."""
        try:
            with open_audio(segment) as opened:
                opened.check_length(RATE, SHORTEST)
                samples = hashlib.blake2b(str(opened.rate).encode(), digest_size=16)
                for block in opened.blocks():
                    samples.update(np.ascontiguousarray(block).data)
                return cls(
                    rate=opened.rate,
                    channels=opened.channels,
                    frames=opened.frames,
                    file_frames=opened.file.frames,
                    silent=opened.silent,
                    doubt=opened.doubt,
                    samples=samples.hexdigest(),
                )
        except AudioError as error:
            return cls(problem=str(error))

    def problem_at(self, rate: int, fewest: int, most: int) -> str:
        """Return why audio is not usable, cannot be resampled, or is too short or long.

        Args:
            rate: sample rate in Hz to have.
            fewest: fewest samples at `rate`.
            most: most samples at `rate`.

        Returns:
            Empty if nothing is wrong.
        """
        return self.problem or length_problem(self.frames, self.rate, rate, fewest, most)


@dataclass(frozen=True)
class ArrayFacts:
    """Facts of an utterance's precomputed features, from their content.

    Attributes:
        problem: rule that they break, with the file's name; empty if they are usable.
        coefficients: number of coefficients of a frame.
    """

    problem: str = ""
    coefficients: int = 0

    kind: ClassVar[str] = "array"
    code: ClassVar[tuple[ModuleType, ...]] = (arrays,)

    @classmethod
    def of(cls, segment: Segment) -> "ArrayFacts":
        """Examine an array, which is read to its end."""
        try:
            return cls(coefficients=read_array(segment.path).shape[1])
        except AudioError as error:
            return cls(problem=str(error))


FactsT = TypeVar("FactsT", AudioFacts, ArrayFacts)


def definition(kind: type[AudioFacts] | type[ArrayFacts]) -> list[str]:
    """Return all that facts depend on besides the content: code and the decoder's version."""
    modules = [sys.modules[__name__], *kind.code]
    return [kind.kind, soundfile.__libsndfile_version__, *map(inspect.getsource, modules)]


def to_json(facts: AudioFacts | ArrayFacts, name: str) -> dict[str, Any]:
    """Return facts without the name of the file, under which its content may lie elsewhere."""
    return {**asdict(facts), "problem": facts.problem.removeprefix(name)}


def from_json(kind: type[FactsT], values: dict[str, Any], name: str) -> FactsT:
    """Read what `to_json` wrote, of a file of this name."""
    facts = kind(**values)
    if not facts.problem:
        return facts
    return kind(**{**values, "problem": name + facts.problem})
