"""What goes wrong, and how a task tells it to the driver."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Sequence
from signal import Signals

#: The most characters of a command's standard error that an exception keeps: those at its end.
_MAX_STDERR = 16_384

#: Spark gives the driver the traceback of a task as text. A line of it has the exception in a form that can be read.
_MARK = "plughost_spark.CommandError: "


class PlughostError(Exception):
    """Anything that this package raises, but for wrong arguments."""


class CommandError(PlughostError):
    """A command of plughost that failed, on the driver or in a task."""

    def __init__(self, command: Sequence[str], status: int | None, stderr: str) -> None:
        super().__init__(command, status, stderr)
        self.command = tuple(command)
        #: The exit status, the negative number of the signal that ended it, or None if it was not started.
        self.status = status
        #: What it wrote to standard error, or the reason why it was not started.
        self.stderr = stderr[-_MAX_STDERR:]

    def __str__(self) -> str:
        return f"{_ended(self.status)}: {self.stderr.strip()}\n{shlex.join(self.command)}"


class JobError(PlughostError):
    """A job of Spark that failed for another reason than a command. The cause is Spark's own exception."""


class TaskError(Exception):
    """A CommandError on its way to the driver."""

    def __init__(self, error: CommandError) -> None:
        fields = {"command": error.command, "status": error.status, "stderr": error.stderr}
        super().__init__(f"{error}\n{_MARK}{json.dumps(fields)}\n")


def failure_of(error: Exception) -> PlughostError:
    """Returns what a job failed for, from the exception that Spark raised on the driver."""
    text = str(error)
    # What the command said comes before, and may have such a line too.
    marked = re.findall(f"^{re.escape(_MARK)}(.*)$", text, re.MULTILINE)
    if marked:
        fields = json.loads(marked[-1])
        return CommandError(fields["command"], fields["status"], fields["stderr"])
    # Without the frames of Python and Java, which the cause has.
    lines = text.split("\n\tat ")[0].splitlines()
    return JobError("\n".join(line for line in lines if line and not line.startswith(" ")))


def _ended(status: int | None) -> str:
    if status is None:
        return "not started"
    if status >= 0:
        return f"status {status}"
    try:
        return Signals(-status).name
    except ValueError:
        return f"signal {-status}"
