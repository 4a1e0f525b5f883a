"""The job of Spark."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Final

from py4j.protocol import Py4JError
from pyspark import TaskContext
from pyspark.errors import PySparkException

from ._commands import COMMAND, SPLIT_BYTES, Split, check_number, merge, run_splits, words_of
from ._errors import CommandError, TaskError, failure_of

if TYPE_CHECKING:
    from pyspark import RDD, SparkContext

#: How many states a task merges. RDD.treeReduce merges two at a time, which would start a process for every state.
FAN_IN: Final = 32


def aggregate(
    sc: SparkContext,
    splits: Iterable[Split],
    flags: Iterable[str],
    *,
    command: Iterable[str] = COMMAND,
    task_bytes: int = SPLIT_BYTES,
    fan_in: int = FAN_IN,
) -> bytes:
    """Returns the state of some splits.

    A task runs `plughost run FLAGS --emit-state` on splits that follow each other and have at most task_bytes bytes, or
    on one split. Further tasks merge up to fan_in states each, until one is left. Spark does a task that fails again, as
    often as `spark.task.maxFailures` says, and that gives the same bytes.

    Flags are those of plughost run that say what is computed: `["--parse", "access", "--aggregate", "count"]`. The
    command, its plugins and all inputs are on every machine, by the same absolute paths.

    A task and the driver hold one state in memory, two or three times. A state has less than 2 GiB, because Spark moves
    it as one value.

    Raises CommandError with the standard error of a command that failed, and JobError for everything else that ends a
    job.
    """
    check_number("fan_in", fan_in, least=2)
    check_number("task_bytes", task_bytes, least=0)
    tasks = _Tasks(words_of("flags", flags), words_of("command", command))
    groups = list(_grouped(splits, task_bytes))
    # Without splits there is a state, too: that of no lines.
    if not groups:
        return run_splits([], tasks.flags, tasks.command)
    try:
        states = sc.parallelize(groups, len(groups)).mapPartitions(tasks.run)
        count = len(groups)
        while count > 1:
            count = -(-count // fan_in)
            states = _moved(states, count, fan_in).mapPartitions(tasks.merge)
        (state,) = states.collect()
    except (Py4JError, PySparkException) as error:
        raise failure_of(error) from error
    return state


@dataclass(frozen=True)
class _Tasks:
    """What tasks do, and with what. Spark sends it to them."""

    flags: Sequence[str]
    command: Sequence[str]

    def run(self, groups: Iterable[Sequence[Split]]) -> Iterator[bytes]:
        # As many threads as Spark has set apart for the task. Flags of the caller come later and count more.
        task = TaskContext.get()
        flags = [f"-j{task.cpus() if task else 1}", *self.flags]
        for splits in groups:
            yield _telling(partial(run_splits, splits, flags, self.command))

    def merge(self, states: Iterable[bytes]) -> Iterator[bytes]:
        # One state is not worth a process.
        iterator = iter(states)
        first = next(iterator)
        second = next(iterator, None)
        if second is None:
            yield first
        else:
            yield _telling(partial(merge, chain([first, second], iterator), command=self.command))


def _telling(work: Callable[[], bytes]) -> bytes:
    """Does work of a task. Its error reaches the driver in a form that failure_of() reads."""
    try:
        return work()
    except CommandError as error:
        raise TaskError(error) from None


def _moved(states: RDD[bytes], count: int, fan_in: int) -> RDD[bytes]:
    """Brings the states of fan_in partitions, each of which has one, into one partition."""

    def numbered(index: int, own: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
        return ((index // fan_in, state) for state in own)

    return states.mapPartitionsWithIndex(numbered).partitionBy(count, int).values()


def _grouped(splits: Iterable[Split], most: int) -> Iterator[list[Split]]:
    """Gives each task enough bytes for the start of a process not to matter."""
    group: list[Split] = []
    size = 0
    for split in splits:
        if not isinstance(split, Split):
            raise TypeError(f"{split!r} is no Split; plan() makes them")
        if not split.input.startswith("/"):
            raise ValueError(f"{split.input!r} is no absolute path, so other machines may take it for another file")
        if group and size + split.end - split.begin > most:
            yield group
            group, size = [], 0
        group.append(split)
        size += split.end - split.begin
    if group:
        yield group
