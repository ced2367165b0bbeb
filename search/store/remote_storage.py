"""Storage behind a pyarrow file system, such as an object store.

Object stores have no append, so each appended line is an object.
"""

from dataclasses import dataclass, field

from pyarrow import fs

from search.store.storage import MOST_BYTES, StorageError, check_name, check_size, naming
from search.terminal.credentials import without_credentials


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
            self.filesystem.create_dir(self._path(name).rpartition("/")[0], recursive=True)
            with self.filesystem.open_output_stream(self._path(name)) as file:
                file.write(content)

    def append(self, name: str, line: bytes) -> None:
        """Put the line as one object, numbered in order."""
        if name not in self.counts:
            self.counts[name] = len(self.names(f"{name}.lines"))
        target = f"{name}.lines/{self.counts[name]:08d}"
        with naming("read", self.where(target)):
            there = self.filesystem.get_file_info(self._path(target))
        if there.type != fs.FileType.NotFound:
            raise StorageError(
                f"{self.where(target)} was written by another process: this one stops, since it "
                "does not know that line"
            )
        self.write(target, line)
        self.counts[name] += 1

    def lines(self, name: str) -> list[bytes]:
        """Return the lines in order, and count them for the next append."""
        entries = self.names(f"{name}.lines")
        self.counts[name] = len(entries)
        contents = (self.read(f"{name}.lines/{entry}") for entry in entries)
        return [line for line in contents if line is not None]

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
