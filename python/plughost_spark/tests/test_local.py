"""A job on this machine, in threads of one JVM: local[2]."""

from __future__ import annotations

import os
import re
import shutil
import sys
import unittest
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from pyspark import SparkContext

from plughost_spark import CommandError, JobError, Split, aggregate, finish, inspect, plan

from .support import FLAGS, HOST, spark, state_of, write_log


class Local(unittest.TestCase):
    sc: SparkContext
    log: Path
    splits: list[Split]

    @classmethod
    def setUpClass(cls) -> None:
        made = TemporaryDirectory()
        cls.addClassCleanup(made.cleanup)
        folder = Path(made.name)
        cls.log = folder / "access.log"
        write_log(cls.log)
        cls.splits = plan([str(cls.log)], split=cls.log.stat().st_size // 5 + 1, command=HOST)
        # Tasks find the command by its name, too. They have the environment in which Spark was started.
        (folder / "plughost").symlink_to(shutil.which(HOST[0]) or "")
        with patch.dict(os.environ, {"PATH": f"{folder}:{os.environ['PATH']}"}):
            context = spark("local[2]")
            cls.sc = context.__enter__()
            cls.addClassCleanup(context.__exit__, None, None, None)

    def test_does_what_the_readme_shows(self) -> None:
        readme = Path(__file__).parents[1] / "README.md"
        (program,) = re.findall("^```py\n(.*?)^```", readme.read_text(), re.DOTALL | re.MULTILINE)
        with (
            redirect_stdout(StringIO()) as printed,
            patch.object(sys, "argv", ["statuses.py", str(self.log)]),
            patch.dict(os.environ, {"PATH": f"{self.log.parent}:{os.environ['PATH']}"}),
        ):
            exec(program, {})
        self.assertEqual(printed.getvalue(), "status,count\n200,10000\n304,5000\n404,5000\n")

    def test_has_the_bytes_of_one_machine_after_a_tree_of_merges(self) -> None:
        state = aggregate(self.sc, self.splits, FLAGS, command=HOST, task_bytes=1, fan_in=2)
        self.assertEqual(len(self.splits), 5)
        self.assertEqual(state, state_of(self.log))
        self.assertEqual(inspect(state, command=HOST)["rows"], 20_000)

    def test_has_a_state_without_splits(self) -> None:
        flags = ["--parse", "access", "--aggregate", "count", "--by", "status"]
        state = aggregate(self.sc, [], flags, command=HOST)
        self.assertEqual(finish(state, command=HOST), b"status,count\n")

    def test_refuses_a_split_that_is_there_twice(self) -> None:
        twice = [*self.splits, self.splits[0]]
        with self.assertRaisesRegex(CommandError, f"of {self.log}, and so does .*: they would be counted twice"):
            aggregate(self.sc, twice, FLAGS, command=HOST, task_bytes=1)
        # In one task, by the run itself.
        with self.assertRaisesRegex(CommandError, f"of {self.log} are read twice, and would be counted twice"):
            aggregate(self.sc, twice, FLAGS, command=HOST)

    def test_raises_what_the_command_said(self) -> None:
        with self.assertRaises(CommandError) as caught:
            aggregate(self.sc, self.splits[:1], ["--parse", "nothing"], command=HOST)
        self.assertEqual(caught.exception.status, 2)
        self.assertRegex(caught.exception.stderr, "^host: find plugin nothing: there is none in ")
        self.assertEqual(caught.exception.command[:3], (*HOST, "run", "--plan"))
        with self.assertRaisesRegex(CommandError, "not started: .* No such file or directory: '/nothing'"):
            aggregate(self.sc, self.splits[:1], FLAGS, command=["/nothing"])

        says = "echo plughost_spark.CommandError: none >&2; exit 3"
        with self.assertRaisesRegex(CommandError, "^status 3: plughost_spark.CommandError: none\n"):
            aggregate(self.sc, self.splits[:1], FLAGS, command=["bash", "-c", says])

    def test_raises_what_spark_said(self) -> None:
        # The task's own process is gone, so Spark alone can say why the job failed.
        with self.assertRaisesRegex(JobError, "Python worker exited unexpectedly"):
            aggregate(self.sc, self.splits[:1], FLAGS, command=["bash", "-c", "kill -KILL $PPID"])

    def test_refuses_arguments_that_mean_something_else(self) -> None:
        with self.assertRaisesRegex(ValueError, "'a.log' is no absolute path"):
            aggregate(self.sc, [Split("a.log", 0, 1)], FLAGS, command=HOST)
        with self.assertRaisesRegex(ValueError, "fan_in is 1"):
            aggregate(self.sc, self.splits, FLAGS, command=HOST, fan_in=1)
        with self.assertRaisesRegex(TypeError, "flags is a list of texts"):
            aggregate(self.sc, self.splits, "--parse access", command=HOST)
        with self.assertRaisesRegex(TypeError, "flags is a list of texts, and 2 is none"):
            aggregate(self.sc, self.splits, [*FLAGS, "-j", 2], command=HOST)  # type: ignore[list-item]
        with self.assertRaisesRegex(TypeError, "task_bytes is '1M', and must be an int"):
            aggregate(self.sc, self.splits, FLAGS, command=HOST, task_bytes="1M")  # type: ignore[arg-type]
        with self.assertRaisesRegex(TypeError, "'/a.log' is no Split"):
            aggregate(self.sc, ["/a.log"], FLAGS, command=HOST)  # type: ignore[list-item]


if __name__ == "__main__":
    unittest.main()
