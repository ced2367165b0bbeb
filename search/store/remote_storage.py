"""Storage behind a pyarrow file system, such as an object store.

Object stores have no append, so each appended line is an object.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from pyarrow import fs

from search.store.storage import MOST_BYTES, StorageError, check_name, check_size, gone, naming
from search.terminal.credentials import without_credentials

WITHOUT_FOLDERS = ("s3", "gcs", "abfs")  # stores where a name with slashes needs no folder
READERS = 16  # lines that are read at once, each from an object of its own


@dataclass(frozen=True)
class RemoteStorage:
    """Folder behind a pyarrow file system: S3, GCS, HDFS and others that Ray accepts.

    Attributes:
        uri: address of the folder.
        filesystem: file system behind it.
        path: path of the folder there.
        counts: lines of each file that was read or appended to here. A process that takes over a
            file from another reads the lines first, which counts them anew.
    """

    uri: str
    filesystem: fs.FileSystem
    path: str
    counts: dict[str, int] = field(init=False, default_factory=dict, compare=False, repr=False)

    def where(self, name: str = "") -> str:
        """Return the URI of a file, without its credentials and the query, which may hold some."""
        address = without_credentials(self.uri).split("?")[0].rstrip("/")
        return "/".join(part for part in (address, name) if part)

    def _path(self, name: str) -> str:
        check_name(name, self.where())
        return f"{self.path}/{name}"

    def read(self, name: str, most: int = MOST_BYTES) -> bytes | None:
        """Return the content of a file; None if there is no such file."""
        with naming("read", self.where(name)):
            try:
                with self.filesystem.open_input_stream(self._path(name)) as file:
                    content = bytes(file.read(most + 1))
                check_size(len(content), most, self.where(name))
                return content
            except FileNotFoundError:
                return None

    def write(self, name: str, content: bytes) -> None:
        """Put one object, which stores make visible as a whole."""
        with naming("write", self.where(name)):
            if self.filesystem.type_name not in WITHOUT_FOLDERS:
                self.filesystem.create_dir(self._path(name).rpartition("/")[0], recursive=True)
            with self.filesystem.open_output_stream(self._path(name)) as file:
                file.write(content)

    def _is_there(self, name: str) -> bool:
        """Return whether there is a file, in one request; `get_file_info` takes two."""
        with naming("read", self.where(name)):
            try:
                self.filesystem.open_input_stream(self._path(name)).close()
            except (FileNotFoundError, NotADirectoryError):
                return False
            return True

    def append(self, name: str, line: bytes) -> None:
        """Put the line as one object, numbered in order: three requests, however many lines."""
        if name not in self.counts:
            self.counts[name] = len(self.names(f"{name}.lines"))
        target = self._line(name, self.counts[name])
        if self._is_there(target):
            raise StorageError(
                f"{self.where(target)} was written by another process: this one stops, since it "
                "does not know that line"
            )
        self.check_end(name)
        self.write(target, line)
        self.counts[name] += 1

    def _line(self, name: str, number: int) -> str:
        return f"{name}.lines/{number:08d}"

    def check_end(self, name: str) -> None:
        """Check that the last line is still there."""
        if self.counts.get(name):
            last = self._line(name, self.counts[name] - 1)
            if not self._is_there(last):
                raise gone(self.where(last))

    def keep_lines(self, name: str, count: int) -> None:
        """Remove all lines of a file but the first `count`, the last line first."""
        for entry in reversed(self.names(f"{name}.lines")[count:]):
            self.delete(f"{name}.lines/{entry}")
        self.lines(name)

    def lines(self, name: str) -> list[bytes]:
        """Return the lines in order, and count them for the next append."""
        entries = self.names(f"{name}.lines")
        self.counts[name] = len(entries)
        with ThreadPoolExecutor(READERS) as readers:
            contents = readers.map(self.read, [f"{name}.lines/{entry}" for entry in entries])
            return [line for line in contents if line is not None]

    def torn(self, name: str) -> bool:
        """Return False: stores make an object visible as a whole."""
        return False

    def names(self, folder: str) -> list[str]:
        """Return the names of a folder's entries, sorted."""
        with naming("list", self.where(folder)):
            selector = fs.FileSelector(self._path(folder), allow_not_found=True)
            return sorted(info.base_name for info in self.filesystem.get_file_info(selector))

    def delete(self, name: str) -> None:
        """Remove a file if it is there."""
        with naming("remove", self.where(name)):
            if self.filesystem.get_file_info(self._path(name)).type != fs.FileType.NotFound:
                self.filesystem.delete_file(self._path(name))

    def folder(self, name: str) -> "RemoteStorage":
        """Return the folder `name` in this one."""
        address, question, query = self.uri.partition("?")
        uri = f"{address.rstrip('/')}/{name}{question}{query}"
        return RemoteStorage(uri, self.filesystem, self._path(name))
