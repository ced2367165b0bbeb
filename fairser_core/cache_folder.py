"""Cache folder, for files that fairser can make again."""

import os
from pathlib import Path

import platformdirs


def cache_folder() -> Path:
    """Return the folder in the environment variable FAIRSER_CACHE, else the user's cache folder."""
    return Path(os.environ.get("FAIRSER_CACHE") or platformdirs.user_cache_dir("fairser"))
