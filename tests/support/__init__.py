"""Support of tests: toy data, small sweeps, and commands run as a user runs them."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
