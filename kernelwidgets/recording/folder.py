"""A place for files: a local folder or any fsspec URL; each file is written whole or not at all."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

__all__ = ["Folder"]


class Folder:
    """Writes files below a folder.

    Parameters
    ----------
    path
        A local folder, which need not exist, or a URL that fsspec knows.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.fspath(path)
        self._remote: Any = None
        if "://" in self.path:
            import fsspec

            self._remote, self._root = fsspec.core.url_to_fs(self.path)
        else:
            self._local = Path(self.path)

    def __contains__(self, key: str) -> bool:
        if self._remote is not None:
            return bool(self._remote.exists(f"{self._root}/{key}"))
        return (self._local / key).exists()

    def write(self, key: str, content: bytes) -> None:
        """Put a file in the place of an earlier one; a reader finds either of them, whole."""
        if self._remote is not None:
            # A store of objects knows no half of one.
            self._remote.pipe_file(f"{self._root}/{key}", content)
            return
        file = self._local / key
        file.parent.mkdir(parents=True, exist_ok=True)
        # Not a name that zarr would take for a chunk.
        beside = file.with_name(f".{file.name}.new")
        beside.write_bytes(content)
        beside.replace(file)

    def remove(self, key: str) -> None:
        """Remove a folder, with all that is in it."""
        if self._remote is not None:
            self._remote.rm(f"{self._root}/{key}", recursive=True)
        else:
            shutil.rmtree(self._local / key)
