"""Names of columns: those that are known, by whatever name other programs give them."""

import re
from collections import Counter
from collections.abc import Collection, Sequence

SECONDS = ("", "time", "s", "sec", "seconds")
TIMES = {
    "start": ("start", "begin", "segment_start", "segment_begin", "utt_start", "xmin", "tmin"),
    "end": ("end", "stop", "segment_end", "segment_stop", "utt_end", "xmax", "tmax"),
    "offset": ("offset",),
    "duration": ("duration", "dur"),
}
ALIASES = {
    **dict.fromkeys(("file", "filename", "file_name", "filepath", "file_path"), "path"),
    **dict.fromkeys(("chan", "ch", "channel_id", "audio_channel"), "channel"),
    **{
        f"{other}_{unit}".rstrip("_"): name
        for name, others in TIMES.items()
        for other in others
        for unit in SECONDS
    },
}
"""Known names of columns by those of audformat, Kaldi, Praat and others, as `plain` writes them."""


def known_names(header: Sequence[str], known: Collection[str]) -> list[str]:
    """Return the names of a header, those that are known as they are known.

    Args:
        header: names as they are written.
        known: known names. A name that differs by capitals, blanks and punctuation alone, or is an
            alias, is taken for it unless the header has the known name, too.
    """
    spelled = {other: name for other, name in ALIASES.items() if name in known}
    spelled |= {plain(name): name for name in known}
    names = [name.strip() for name in header]
    meant = [spelled.get(plain(name), name) for name in names]
    counts = Counter(meant)
    return [m if counts[m] == 1 else name for m, name in zip(meant, names, strict=True)]


def plain(name: str) -> str:
    """Return the name of a column in lower case, its words joined by underscores.

    `startTime`, `Start time` and `start_time` are the same, and `start (s)` is `start_s`.
    """
    words = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", "_", name)
    return re.sub(r"[\W_]+", "_", words.lower()).strip("_")
