"""Folder trees: files that look like data, and counts of those that are not taken."""

import os
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field

import soundfile

from fairser_core.files.integrity import UNCHECKED

AUDIO = {
    *(f".{n.lower()}" for n in soundfile.available_formats() if n not in {*UNCHECKED, "RAW"}),
    *(".8svx", ".aif", ".aifc", ".bwf", ".oga", ".opus", ".snd", ".sph", ".wave"),
}
ARRAYS = {".npy"}
TABLES = {".csv", ".tsv", ".parquet", ".pq"}
UNREAD = {
    *(f".{name.lower()}" for name in UNCHECKED),
    *(".raw", ".pcm", ".m4a", ".m4b", ".aac", ".amr", ".wma", ".webm", ".mka", ".mp4", ".mov"),
    *(".mkv", ".avi", ".flv", ".3gp", ".alac", ".ape", ".wv", ".ac3", ".dss", ".spx"),
    *(".mp2", ".mpga", ".gsm", ".vox", ".g722", ".sln", ".ra", ".rm", ".qcp", ".awb", ".ds2"),
    *(".tta", ".dsf", ".dff", ".eac3", ".dts"),
    *(".part", ".partial", ".crdownload"),
    *(".npz", ".pt", ".pth", ".safetensors", ".h5", ".hdf5", ".mat", ".pkl", ".ark"),
    *(".lmdb", ".tfrecord", ".orc", ".avro"),
    *(".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar"),
    *(".xls", ".xlsx", ".ods", ".arrow", ".feather", ".jsonl"),
}
"""Suffixes of audio, arrays, tables, archives and half downloads that are not read."""
DATA = AUDIO | ARRAYS | TABLES | UNREAD
"""Suffixes of files that look like data."""
UNREADABLE = "no format that can be read; audio must be e.g. WAV, FLAC, Ogg or MP3: convert it"
UNUSED = "no utterance names them"
NO_TABLE = "no table of this corpus"
RESULTS = ("mlflow.db", "sweep.json")
"""Files by which a folder of results is known."""
LEFT = "left by an editor, a download or a copy: rename those that are needed"
LEFTOVER = re.compile(r"(\.\w+)(~|#|\.(?:\d+|bak|backup|copy|old|orig|save|tmp))$", re.IGNORECASE)
"""End of the name of such a file: its suffix, and what was put behind it."""
LINK = "lead to folders; name these folders, too"


@dataclass
class Tree:
    """Files of a folder and of folders in it.

    Attributes:
        folder: path of the folder.
        passed_over: numbers of files that are not taken, by suffix and reason.
    """

    folder: str
    passed_over: Counter[tuple[str, str]] = field(default_factory=Counter)

    def files(self, but: Collection[str] = (), taken: Collection[str] = ()) -> Iterator[str]:
        """Yield paths of visible files; count links to folders, and folders that cannot be read.

        A folder of results that lies among the data is passed over. Hidden files, and files in
        hidden folders, that look like data are counted.

        Args:
            but: folders that are read in another way; links to these are not counted.
            taken: absolute paths that are yielded though they are hidden.
        """
        for place, folders, files in os.walk(self.folder, onerror=self._unreadable):
            folders[:] = [name for name in folders if not _results(os.path.join(place, name))]
            for name in folders:
                path = os.path.join(place, name)
                if os.path.islink(path) and os.path.abspath(path) not in but:
                    self.pass_over("links", LINK)
            below = os.path.relpath(place, self.folder).split(os.sep)
            hidden = any(part.strip(".") and part.startswith(".") for part in below)
            for name in files:
                path = os.path.join(place, name)
                if not (hidden or name.startswith(".")) or os.path.abspath(path) in taken:
                    yield path
                elif suffix_of(name) in DATA:
                    self.pass_over(suffix_of(name), "hidden")

    def recordings(self, suffixes: Collection[str], reason: Callable[[str], str]) -> list[str]:
        """Return sorted paths of visible files with one of these suffixes; count the others.

        Args:
            suffixes: suffixes in lower case.
            reason: function that returns why a file of another suffix is not taken; empty not to
                count it.
        """
        paths = []
        for path in self.files():
            suffix = suffix_of(path)
            if suffix in suffixes:
                paths.append(path)
            elif why := reason(suffix):
                self.pass_over(suffix, why)
        return sorted(paths)

    def pass_over(self, suffix: str, reason: str) -> None:
        """Count a file that is not taken."""
        self.passed_over[suffix or "files without suffix", reason] += 1

    def notes(self) -> list[str]:
        """Return a note for each suffix and reason with the number of files not taken."""
        return [
            f"{self.folder}: {count:,} {suffix} not taken: {reason}"
            for (suffix, reason), count in sorted(self.passed_over.items())
        ]

    def _unreadable(self, error: OSError) -> None:
        self.pass_over("folders", f"cannot be read ({error.strerror})")


def _results(folder: str) -> bool:
    """Return whether a folder is one of results, of a search or of all."""
    return any(os.path.exists(os.path.join(folder, name)) for name in RESULTS)


def suffix_of(name: str) -> str:
    """Return the suffix of a file's name in lower case."""
    return os.path.splitext(name)[1].lower()


def untaken(folder: str, taken: Collection[str]) -> list[str]:
    """Return notes on files of a corpus' folder that look like data and are not taken.

    Args:
        folder: folder of the corpus.
        taken: paths of the files that its reader takes.
    """
    paths = {os.path.abspath(path) for path in taken}
    above = {parent for path in {os.path.dirname(p) for p in paths} for parent in _parents(path)}
    tree = Tree(folder)
    for path in tree.files(above, paths):
        suffix, leftover = suffix_of(path), LEFTOVER.search(path)
        if os.path.abspath(path) in paths:
            continue
        if suffix in DATA:
            tree.pass_over(suffix, _reason(suffix))
        elif leftover and leftover[1].lower() in DATA:
            tree.pass_over(re.sub(r"\d+$", "N", leftover[0].lower()), LEFT)
    return tree.notes()


def _reason(suffix: str) -> str:
    if suffix in UNREAD:
        return UNREADABLE
    return NO_TABLE if suffix in TABLES else UNUSED


def _parents(path: str) -> Iterator[str]:
    """Yield a folder and the folders above."""
    while True:
        yield path
        above = os.path.dirname(path)
        if above == path:
            return
        path = above
