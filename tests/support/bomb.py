"""Objects that run code when they are unpickled, as a hostile file would."""

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


def torch_bytes(content: object) -> bytes:
    """Return the bytes that torch saves."""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    return buffer.getvalue()
