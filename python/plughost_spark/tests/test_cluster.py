"""A job on a cluster of two executors, each a process of its own: local-cluster[2,1,1024].

Not in the list of tests that are found by themselves, because starting these processes takes long: npm run drill:spark.
"""

from __future__ import annotations

import shutil
import unittest
from pathlib import Path
from tempfile import TemporaryDirectory

import pyspark
from pyspark import SparkContext

from plughost_spark import CommandError, Split, aggregate, plan

from .support import FLAGS, HOST, spark, state_of, write_log

# A command that commits a fault once. mkdir succeeds for the first process alone, whichever task it belongs to.
ONCE = 'if mkdir "$0" 2>/dev/null; then\n{fault}\nfi\nexec "$@"'
# The command is killed while it works.
KILL_COMMAND = '"$@" & sleep 0.1; kill -KILL $!; wait $!; kill -KILL $$'
# The executor is the parent of the daemon of the Python workers, which are the parents of commands.
KILL_EXECUTOR = (
    "daemon=$(ps -o ppid= -p $PPID); executor=$(ps -o ppid= -p $daemon);"
    ' [[ $(ps -o comm= -p $executor) = java ]] || exit 9; kill -KILL $executor; echo $executor >"$0/killed"; sleep 30'
)


class Cluster(unittest.TestCase):
    sc: SparkContext
    folder: Path
    splits: list[Split]
    whole: bytes

    @classmethod
    def setUpClass(cls) -> None:
        folder = TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        inputs = [cls.folder / "a.log", cls.folder / "b.log"]
        for log in inputs:
            write_log(log, 200_000)
        cls.splits = plan(map(str, inputs), split=2 << 20, command=HOST)
        cls.whole = state_of(*inputs)
        context = spark("local-cluster[2,1,1024]")
        cls.sc = context.__enter__()
        # Executors leave their logs in the folder of PySpark.
        logs = Path(pyspark.__file__).parent / "work" / cls.sc.applicationId
        cls.addClassCleanup(shutil.rmtree, logs)
        cls.addClassCleanup(context.__exit__, None, None, None)

    def once(self, fault: str) -> tuple[list[str], Path]:
        """Returns a command that commits a fault once, and the folder that is there when it has."""
        mark = self.folder / self.id()
        return ["bash", "-c", ONCE.format(fault=fault), str(mark), *HOST], mark

    def executors(self) -> int:
        """Returns how many executors there are. Spark counts the driver with them."""
        return int(self.sc._jsc.sc().getExecutorMemoryStatus().size()) - 1

    def test_has_the_bytes_of_one_machine_from_two_executors(self) -> None:
        self.assertGreater(len(self.splits), 8)
        state = aggregate(self.sc, self.splits, FLAGS, command=HOST, task_bytes=1, fan_in=4)
        self.assertEqual(state, self.whole)
        self.assertEqual(self.executors(), 2)

    def test_does_again_what_was_killed(self) -> None:
        command, mark = self.once(KILL_COMMAND)
        self.assertEqual(aggregate(self.sc, self.splits, FLAGS, command=command, task_bytes=1), self.whole)
        self.assertTrue(mark.is_dir())

    def test_does_again_what_an_executor_did_that_was_killed(self) -> None:
        command, mark = self.once(KILL_EXECUTOR)
        self.assertEqual(aggregate(self.sc, self.splits, FLAGS, command=command, task_bytes=1, fan_in=2), self.whole)
        self.assertRegex((mark / "killed").read_text(), r"^ *\d+\n$")

    def test_gives_up_when_the_command_is_killed_each_time(self) -> None:
        with self.assertRaisesRegex(CommandError, "^SIGKILL: last words\n") as caught:
            aggregate(self.sc, self.splits[:2], FLAGS, command=["bash", "-c", "echo last words >&2; kill -KILL $$"])
        self.assertEqual(caught.exception.status, -9)

    def test_refuses_a_split_that_is_there_twice(self) -> None:
        with self.assertRaisesRegex(CommandError, "and so does .*: they would be counted twice"):
            aggregate(self.sc, [*self.splits, self.splits[3]], FLAGS, command=HOST, task_bytes=1, fan_in=4)


if __name__ == "__main__":
    unittest.main()
