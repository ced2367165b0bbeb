"""Object store in memory, which counts requests as pyarrow makes them of S3."""

import io
from collections import Counter

import pyarrow as pa
from pyarrow import fs


class ObjectStore(fs.FileSystemHandler):
    """Flat store of objects by name.

    Attributes:
        requests: number of requests of each kind.
        objects: content of each object by its name.
    """

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()
        self.objects: dict[str, bytes] = {}

    def get_type_name(self) -> str:
        return "flat"

    def open_input_stream(self, path: str) -> pa.PythonFile:
        self.requests["head"] += 1
        if path not in self.objects:
            raise FileNotFoundError(path)
        return pa.PythonFile(io.BytesIO(self.objects[path]), mode="r")

    def open_output_stream(self, path: str, metadata: object) -> pa.PythonFile:
        self.requests["put"] += 1
        store = self

        class Upload(io.BytesIO):
            def close(self) -> None:
                if not self.closed:
                    store.objects[path] = self.getvalue()
                super().close()

        return pa.PythonFile(Upload(), mode="w")

    def get_file_info(self, paths: list[str]) -> list[fs.FileInfo]:
        self.requests["head"] += len(paths)
        self.requests["list"] += sum(path not in self.objects for path in paths)
        kinds = {True: fs.FileType.File, False: fs.FileType.NotFound}
        return [fs.FileInfo(path, kinds[path in self.objects]) for path in paths]

    def get_file_info_selector(self, selector: fs.FileSelector) -> list[fs.FileInfo]:
        self.requests["list"] += 1
        below = f"{selector.base_dir}/"
        return [
            fs.FileInfo(name, fs.FileType.File) for name in self.objects if name.startswith(below)
        ]

    def create_dir(self, path: str, recursive: bool) -> None:
        self.requests["put"] += path.count("/") + 1

    def delete_file(self, path: str) -> None:
        self.requests["delete"] += 1
        del self.objects[path]

    delete_dir = delete_dir_contents = delete_root_dir_contents = move = copy_file = None
    open_input_file = open_append_stream = normalize_path = None
