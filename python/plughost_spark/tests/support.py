"""What the tests share: the command, a log, and an answer of one machine."""

from __future__ import annotations

import os
import subprocess
import sys
import unittest
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from pyspark import SparkConf, SparkContext

#: The command under test: a path in PLUGHOST, or what is found by its name.
HOST: Sequence[str] = (os.environ.get("PLUGHOST", "plughost"),)

FLAGS: Sequence[str] = (
    *("--parse", "access", "--aggregate", "count", "--by", "status"),
    *("--aggregate", "quantiles", "-p", "of=bytes", "--by", "path"),
    *("--aggregate", "distinct", "-p", "of=host"),
)


def write_log(path: Path, lines: int = 20_000) -> None:
    with path.open("w") as log:
        for i in range(lines):
            status = (200, 200, 304, 404)[i % 4]
            request = f"GET /p/{i * 7919 % 997} HTTP/1.1"
            log.write(f'10.0.{i % 256}.{i % 7} - - [31/Dec/2024:21:{i % 60:02}:00 +0000] "{request}" {status} {i * 31}\n')


def state_of(*paths: Path, flags: Sequence[str] = FLAGS) -> bytes:
    """Returns the state that one run over whole files writes."""
    run = subprocess.run([*HOST, "run", *map(str, paths), *flags, "--emit-state"], capture_output=True, check=True)
    return run.stdout


@contextmanager
def spark(master: str) -> Iterator[SparkContext]:
    """Starts Spark, quietly and on this machine alone."""
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    os.environ["PYSPARK_PYTHON"] = sys.executable
    conf = SparkConf().setMaster(master).setAppName("plughost").set("spark.ui.enabled", "false")
    conf.set("spark.ui.showConsoleProgress", "false").set("spark.log.level", "OFF")
    # A JVM for a few small jobs takes half as long without its second compiler.
    for process in ("driver", "executor"):
        conf.set(f"spark.{process}.extraJavaOptions", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
    context = SparkContext(conf=conf)
    try:
        yield context
    finally:
        context.stop()


class WithFolder(unittest.TestCase):
    """A test that has a folder."""

    def setUp(self) -> None:
        made = TemporaryDirectory()
        self.addCleanup(made.cleanup)
        self.folder = Path(made.name)
