"""Tally of interruptions and of the promises checked on them, kept in a file to be continued."""

import json
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self


@dataclass
class Promise:
    """Promise and how often it was kept.

    Attributes:
        text: sentence of the promise.
        checked: number of checks.
        broken: findings of the checks that failed.
    """

    text: str
    checked: int = 0
    broken: list[str] = field(default_factory=list)

    def check(self, holds: bool, found: str) -> None:
        """Count a check; `found` describes the case where the promise does not hold."""
        self.checked += 1
        if not holds:
            self.broken.append(found)
            print(f"BROKEN {self.text}: {found}", flush=True)

    @property
    def result(self) -> str:
        """Number of checks that held, of all."""
        return f"{self.checked - len(self.broken)} of {self.checked}"


@dataclass
class Tally:
    """Tally of a part of the interruptions.

    Attributes:
        path: file of the tally.
        promises: promises by key.
        kills: number of interruptions of each kind.
        rounds: number of rounds, each a sweep or command that was interrupted and resumed.
        seconds: time that they took.
        repeated: number of epochs that were trained twice.
        epochs: number of epochs in the logs.
    """

    path: Path
    promises: dict[str, Promise]
    kills: Counter[str] = field(default_factory=Counter)
    rounds: int = 0
    seconds: float = 0.0
    repeated: int = 0
    epochs: int = 0

    @classmethod
    def load(cls, path: Path, texts: Mapping[str, str]) -> Self:
        """Return the tally in a file, or an empty one.

        Args:
            path: file of the tally; there may be none.
            texts: sentences of the promises by key.
        """
        tally = cls(path, {key: Promise(text) for key, text in texts.items()})
        if path.exists():
            kept = json.loads(path.read_text())
            tally.kills.update(kept["kills"])
            tally.rounds, tally.seconds = kept["rounds"], kept["seconds"]
            tally.repeated, tally.epochs = kept["repeated"], kept["epochs"]
            for key, (checked, broken) in kept["promises"].items():
                tally.promises[key].checked, tally.promises[key].broken = checked, broken
        return tally

    def add(self, began: float) -> None:
        """Count a round that began at a time of the monotonic clock, and write the file."""
        self.rounds += 1
        self.seconds += time.monotonic() - began
        kept = {
            "kills": self.kills,
            "rounds": self.rounds,
            "seconds": self.seconds,
            "repeated": self.repeated,
            "epochs": self.epochs,
            "promises": {key: (p.checked, p.broken) for key, p in self.promises.items()},
        }
        self.path.write_text(json.dumps(kept, indent=2))

    @property
    def interruptions(self) -> int:
        """Number of interruptions."""
        return sum(self.kills.values())

    def report(self, title: str) -> bool:
        """Print interruptions and promises; return whether all promises were kept."""
        kinds = ", ".join(f"{times} x {kind}" for kind, times in self.kills.most_common())
        print(f"\n{title}: {self.interruptions} interruptions in {self.rounds} rounds, ", end="")
        print(f"{self.seconds / 60:.0f} min\n{kinds}")
        if self.epochs:
            print(f"{self.repeated} of {self.epochs} epochs trained twice")
        rows = [f"| {p.text} | {p.result} |" for p in self.promises.values() if p.checked]
        print("\n".join(["\n| promise | kept |", "|---|---|", *rows]))
        broken = [f"{p.text}: {found}" for p in self.promises.values() for found in p.broken]
        print("\n".join(["", *(broken or ["every promise was kept"])]), flush=True)
        return not broken
