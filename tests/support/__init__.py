"""What tests share: toy data, small sweeps, commands run as a user would."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
