"""A file that knows how much of it was read, so that long work can tell how much is left."""

import io
import os
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from typing_extensions import Buffer


class MeteredFile(io.RawIOBase):
    """Counts the bytes that are read of somebody else's file, and never closes it."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self._is_seekable = file.seekable()
        #: Of the whole file; None for a pipe.
        self.size_bytes = os.fstat(file.fileno()).st_size if self._is_seekable else None
        self.read_bytes = 0

    @property
    def reader(self) -> BinaryIO:
        """The file for whoever reads it."""
        return cast("BinaryIO", io.BufferedReader(self))

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def seekable(self) -> bool:
        """Tell whether it is a file rather than a pipe."""
        return self._is_seekable

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to another place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Tell at which place it is."""
        return self._file.tell()

    def readinto(self, buffer: "Buffer", /) -> int:
        """Read, and count."""
        target = memoryview(buffer)
        data = self._file.read(len(target))
        target[: len(data)] = data
        self.read_bytes += len(data)
        return len(data)

    def estimate(self, done: int) -> int | None:
        """Estimate how much there is in the whole file of what was done so far."""
        if not self.size_bytes or not self.read_bytes:
            return None
        return max(done, round(done * self.size_bytes / min(self.read_bytes, self.size_bytes)))
