"""What a stranger's file would like to do when it is unpickled."""

import io
from pathlib import Path
from typing import Any

import torch


class Bomb:
    """Creates a file when it is unpickled."""

    def __init__(self, target: Path) -> None:
        self.target = target

    def __reduce__(self) -> tuple[Any, ...]:
        return (open, (str(self.target), "w"))


def pickled(content: object) -> bytes:
    """As torch saves it."""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()
