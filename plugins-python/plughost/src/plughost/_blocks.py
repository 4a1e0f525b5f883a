"""The bytes of a request, and what goes back about them."""

from __future__ import annotations

import mmap
import os
from collections.abc import Callable, Iterable, Iterator

from . import plughost_pb2 as wire

#: After how many lines a worker looks whether it is still needed.
CHECK_INTERVAL = 1024


class Cancelled(Exception):
    """The host needs no more answers."""


class LineError(Exception):
    """Something failed at a line of a block. The cause says what."""

    def __init__(self, at: int) -> None:
        super().__init__()
        self.at = at


class Memory:
    """The memory that blocks lie in. The host makes its file larger when it needs more of it."""

    def __init__(self, descriptor: int, size: int) -> None:
        self._descriptor, self._size = descriptor, size
        self._mapped: mmap.mmap | None = None

    def up_to(self, end: int) -> mmap.mmap:
        """Returns a mapping that reaches at least up to `end`."""
        mapped = self._mapped
        if mapped is None or end > len(mapped):
            if end > min(self._size, os.fstat(self._descriptor).st_size):
                raise ValueError("a block lies outside of the memory of blocks")
            mapped = self._mapped = mmap.mmap(self._descriptor, 0, access=mmap.ACCESS_READ)
        return mapped


class Block:
    """The bytes that a request is about: a part of `data`, and in it the ranges of whole lines in question."""

    def __init__(self, lines: wire.Lines, memory: Memory | None) -> None:
        self.data: bytes | mmap.mmap
        if lines.WhichOneof("bytes_of") == "shared":
            if memory is None:
                raise ValueError("a block lies outside of the memory of blocks")
            self.base, size = lines.shared.at, lines.shared.size
            self.data = memory.up_to(self.base + size)
        else:
            self.data, self.base, size = lines.data, 0, len(lines.data)
        self.ranges = list(self._ranges(list(lines.ranges), size))

    def _ranges(self, gaps: list[int], size: int) -> Iterator[tuple[int, int]]:
        if not gaps:
            gaps = [0, size] if size > 0 else []
        if len(gaps) % 2 != 0:
            raise ValueError("a range has no length")
        at = 0
        for i in range(0, len(gaps), 2):
            begin = at + gaps[i]
            at = begin + gaps[i + 1]
            if at > size:
                raise ValueError("a range lies outside of its block")
            yield self.base + begin, self.base + at

    def lines(self, active: Callable[[], bool]) -> Iterator[tuple[int, int, int]]:
        """Yields each line in question: its begin, its end without newline, and the begin of the next."""
        count = 0
        for begin, end in self.ranges:
            while begin < end:
                count += 1
                if count % CHECK_INTERVAL == 0 and not active():
                    raise Cancelled
                newline = self.data.find(b"\n", begin, end)
                stop, after = (end, end) if newline < 0 else (newline, newline + 1)
                yield begin, stop, after
                begin = after

    def around(self, places: Iterable[int], begin: int, end: int) -> Iterator[tuple[int, int]]:
        """Yields the lines around places from begin to end, each once."""
        for at in places:
            if at < begin:
                continue  # it is in the line before
            start = self.data.rfind(b"\n", begin, at) + 1 or begin
            newline = self.data.find(b"\n", at, end)
            begin = end if newline < 0 else newline + 1
            yield start, begin


class Ranges:
    """Ascending ranges of bytes as the wire has them: gap, length, gap, length."""

    def __init__(self, base: int) -> None:
        self.gaps: list[int] = []
        self._end = base

    def add(self, begin: int, end: int) -> None:
        if self.gaps and begin == self._end:
            self.gaps[-1] += end - begin
        else:
            self.gaps += (begin - self._end, end - begin)
        self._end = end
