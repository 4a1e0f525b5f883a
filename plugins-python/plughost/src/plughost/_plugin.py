"""What an author hands over."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from mmap import mmap
from typing import Any, Final


class PluginError(Exception):
    """An error with a status of the contract. Any other exception is a failure of the plugin's own code."""

    code = -9

    def __init__(self, message: str, code: int | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code


class ConfigError(PluginError):
    """The options cannot be used."""

    code = -2


class _Drop:
    def __repr__(self) -> str:
        return "DROP"


#: What a transform returns for a line that is to go.
DROP: Final = _Drop()


@dataclass(frozen=True)
class Exporter:
    """Writes kept lines in another format. It gets all lines of a run in order."""

    line: Callable[[bytes], bytes]
    begin: Callable[[], bytes] | None = None
    end: Callable[[], bytes] | None = None


@dataclass(frozen=True)
class Plugin:
    """What a program offers. A function that is None is not offered. Lines are given without their newline.

    With lanes above 1, functions that work on lines are called by several threads at once.
    """

    #: At least "id", "name" and "version". See docs/contract.md.
    manifest: Mapping[str, Any]
    #: Takes the options, which fit the manifest's schema.
    init: Callable[[Any], None] | None = None
    #: What `plughost load` shows.
    run: Callable[[], str | Iterable[str]] | None = None
    #: Whether a line is kept.
    filter: Callable[[bytes], bool] | None = None
    #: A faster filter for programs that search: it gets bytes that can be searched from begin to end, which is whole
    #: lines, and yields a place in each line that is kept, ascending.
    scan: Callable[[bytes | mmap, int, int], Iterable[int]] | None = None
    #: Texts, one of which is in every line that the filter keeps. It is called after init.
    literals: Callable[[], Iterable[bytes]] | None = None
    #: What becomes of a line: None, it stays; DROP, it goes; bytes replace it.
    transform: Callable[[bytes], bytes | _Drop | None] | None = None
    exporter: Exporter | None = None
    #: How many streams of lines the program works on at once.
    lanes: int = 1
    #: Lines must come in the order of the input. Otherwise the answer for a line depends on that line alone.
    ordered: bool = False
