"""Answers about logs on a Spark cluster: plughost runs on its machines, and Spark brings states together.

plan() cuts files into splits on the driver, aggregate() makes one state of them on the cluster, and finish() prints its
answers. A state has the same bytes as `plughost run --emit-state` over the same files on one machine.
"""

from ._commands import COMMAND, Split, finish, inspect, merge, plan
from ._errors import CommandError, JobError, PlughostError
from ._job import aggregate

__all__ = [
    "COMMAND",
    "CommandError",
    "JobError",
    "PlughostError",
    "Split",
    "aggregate",
    "finish",
    "inspect",
    "merge",
    "plan",
]
