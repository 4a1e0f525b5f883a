"""The commands of plughost as functions. They run on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from ._errors import CommandError

#: How the command is started: words of a command line, without a shell.
COMMAND: Final[Sequence[str]] = ("plughost",)

#: Bytes of a split, unless plan() is told otherwise.
SPLIT_BYTES: Final = 128 << 20

#: How many files one process merges. Each takes a descriptor and 256 KiB of memory.
_MOST_MERGED: Final = 256


@dataclass(frozen=True)
class Split:
    """Bytes of a file, [begin, end). A line belongs to the split with the byte before it."""

    input: str
    begin: int
    end: int

    def to_json(self) -> str:
        return json.dumps(asdict(self))


def plan(paths: Iterable[str], *, split: int = SPLIT_BYTES, command: Sequence[str] = COMMAND) -> list[Split]:
    """Cuts files, directories and globs into splits of at most so many bytes. Reads no data.

    A compressed file is one split. Raises CommandError if a path cannot be read, or has no files.
    """
    check_number("split", split, least=1)
    given = words_of("paths", paths)
    if not given:
        raise ValueError("there is no path")
    # A name that begins with a hyphen would be a flag.
    named = [f"./{path}" if path.startswith("-") else path for path in given]
    printed = _run([*words_of("command", command), "plan", "--split", str(split), *named])
    return [Split(**json.loads(line)) for line in printed.splitlines()]


def run_splits(splits: Sequence[Split], flags: Sequence[str], command: Sequence[str]) -> bytes:
    """Returns the state of some splits."""
    with _folder() as folder:
        (folder / "plan").write_text("".join(f"{split.to_json()}\n" for split in splits))
        state = folder / "state"
        _run([*command, "run", "--plan", str(folder / "plan"), *flags, "--emit-state", "-o", str(state)])
        return state.read_bytes()


def merge(states: Iterable[bytes], *, command: Sequence[str] = COMMAND) -> bytes:
    """Makes one state of several, in any order, with one of them in memory at a time.

    Raises CommandError if one of them is damaged, if other flags have made it, or if two of them cover the same bytes of
    an input.
    """
    words = words_of("command", command)
    with _folder() as folder:
        written = 0
        # Those that are not merged yet. What was merged is merged again with what follows it.
        paths: list[str] = []
        for state in states:
            if len(paths) == _MOST_MERGED:
                paths = [_merge_files(paths, words)]
            path = folder / str(written)
            path.write_bytes(_checked(state))
            paths.append(str(path))
            written += 1
        if not paths:
            raise ValueError("there is no state to merge")
        return Path(_merge_files(paths, words)).read_bytes()


def finish(state: bytes, flags: Sequence[str] = (), *, command: Sequence[str] = COMMAND) -> bytes:
    """Returns what `plughost finish` prints with these flags: CSV, or the format of the exporter that they name."""
    words = words_of("command", command)
    given = words_of("flags", flags)
    with _folder() as folder:
        (folder / "state").write_bytes(_checked(state))
        # Status 1: there is no answer.
        return _run([*words, "finish", str(folder / "state"), *given], accepted=(0, 1))


def inspect(state: bytes, *, command: Sequence[str] = COMMAND) -> dict[str, Any]:
    """Returns what a state says about itself: the flags that made it, the inputs that it covers, lines and rows."""
    words = words_of("command", command)
    with _folder() as folder:
        (folder / "state").write_bytes(_checked(state))
        states: dict[str, Any] = json.loads(_run([*words, "inspect", "--json", str(folder / "state")]))["states"]
        return states


def _merge_files(paths: Sequence[str], command: Sequence[str]) -> str:
    merged = f"{paths[0]}.merged"
    _run([*command, "merge", *paths, "-o", merged])
    for path in paths:
        os.unlink(path)
    return merged


def words_of(what: str, words: Iterable[str]) -> list[str]:
    """Copies words of a command line. A text would be taken for the list of its characters."""
    if isinstance(words, (str, bytes)):
        raise TypeError(f"{what} is a list of texts, and not one text: {words!r}")
    copied = list(words)
    for word in copied:
        if not isinstance(word, str):
            raise TypeError(f"{what} is a list of texts, and {word!r} is none")
    return copied


def check_number(what: str, number: int, *, least: int) -> None:
    """Raises an error for a number that is none, or too small."""
    if not isinstance(number, int):
        raise TypeError(f"{what} is {number!r}, and must be an int")
    if number < least:
        raise ValueError(f"{what} is {number}, and must be at least {least}")


def _checked(state: bytes) -> bytes:
    if not isinstance(state, (bytes, bytearray, memoryview)):
        raise TypeError(f"a state is bytes, and not {type(state).__name__}")
    return state


@contextmanager
def _folder() -> Iterator[Path]:
    """Makes a folder for files of a call. In a task it is one of Spark's own, which Spark removes if the task is killed."""
    place = os.environ.get("SPARK_LOCAL_DIRS", "").split(",")[0]
    with TemporaryDirectory(prefix="plughost-", dir=place if place and os.path.isdir(place) else None) as folder:
        yield Path(folder)


def _run(words: Sequence[str], accepted: Sequence[int] = (0,)) -> bytes:
    """Runs a command to its end and returns what it printed. Its warnings go to this process's standard error."""
    try:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False)
    except OSError as error:
        raise CommandError(words, None, str(error)) from error
    stderr = done.stderr.decode(errors="replace")
    if done.returncode not in accepted:
        # With --json a command says there what went wrong.
        raise CommandError(words, done.returncode, stderr or done.stdout.decode(errors="replace"))
    sys.stderr.write(stderr)
    return done.stdout
