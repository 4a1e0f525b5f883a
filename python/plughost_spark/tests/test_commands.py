"""The commands as functions, without Spark."""

from __future__ import annotations

import os
import unittest
from pathlib import Path

from plughost_spark import CommandError, Split, finish, inspect, merge, plan

from .support import FLAGS, HOST, WithFolder, state_of, write_log


class Plan(WithFolder):
    def test_cuts_files_into_splits(self) -> None:
        (self.folder / "ten").write_text("0123456789")
        (self.folder / "ten.gz").write_text("0123456789")
        (self.folder / "empty").write_text("")
        ten = str(self.folder / "ten")
        splits = [Split(ten, 0, 5), Split(ten, 5, 10), Split(f"{ten}.gz", 0, 10)]
        self.assertEqual(plan([str(self.folder)], split=6, command=HOST), splits)

    def test_keeps_the_bytes_of_names(self) -> None:
        path = os.path.join(os.fsencode(self.folder), b"odd \xff\n.log")
        with open(path, "w") as file:
            file.write("x\n")
        (split,) = plan([os.fsdecode(path)], command=HOST)
        self.assertEqual(os.fsencode(split.input), path)

    def test_names_a_file_that_is_not_there(self) -> None:
        with self.assertRaises(CommandError) as caught:
            plan(["/nothing"], command=HOST)
        self.assertEqual(caught.exception.status, 2)
        self.assertEqual(caught.exception.stderr, "host: plan /nothing: there is no such file\n")
        self.assertEqual(
            str(caught.exception),
            f"status 2: host: plan /nothing: there is no such file\n{HOST[0]} plan --split 134217728 /nothing",
        )

    def test_refuses_arguments_that_mean_something_else(self) -> None:
        with self.assertRaisesRegex(TypeError, "paths is a list of texts, and not one text: '/var/log'"):
            plan("/var/log", command=HOST)
        with self.assertRaisesRegex(ValueError, "there is no path"):
            plan([], command=HOST)
        with self.assertRaisesRegex(ValueError, "split is 0"):
            plan(["/"], split=0, command=HOST)
        with self.assertRaisesRegex(TypeError, "split is '1M', and must be an int"):
            plan(["/"], split="1M", command=HOST)  # type: ignore[arg-type]
        with self.assertRaisesRegex(TypeError, r"paths is a list of texts, and PosixPath\('/'\) is none"):
            plan([Path("/")], command=HOST)  # type: ignore[list-item]
        with self.assertRaisesRegex(TypeError, "command is a list of texts, and not one text: '/bin/plughost'"):
            plan(["/"], command="/bin/plughost")

    def test_names_a_command_that_is_not_there_or_was_killed(self) -> None:
        with self.assertRaises(CommandError) as caught:
            plan(["/"], command=["/nothing"])
        self.assertIsNone(caught.exception.status)
        self.assertIn("not started: [Errno 2] No such file or directory: '/nothing'", str(caught.exception))
        with self.assertRaises(CommandError) as caught:
            plan(["/"], command=["bash", "-c", "echo before >&2; kill -KILL $$"])
        self.assertEqual((caught.exception.status, caught.exception.stderr), (-9, "before\n"))
        self.assertTrue(str(caught.exception).startswith("SIGKILL: before\n"))


class States(WithFolder):
    def setUp(self) -> None:
        super().setUp()
        self.logs = [self.folder / "a.log", self.folder / "b.log"]
        for log in self.logs:
            write_log(log, 500)
        self.states = [state_of(log) for log in self.logs]

    def test_merge_in_any_order_to_the_state_of_one_run(self) -> None:
        whole = state_of(*self.logs)
        self.assertEqual(merge(self.states, command=HOST), whole)
        self.assertEqual(merge(reversed(self.states), command=HOST), whole)
        self.assertEqual(merge([whole], command=HOST), whole)

    def test_have_answers_in_the_format_of_an_exporter(self) -> None:
        state = state_of(*self.logs, flags=("--parse", "access", "--aggregate", "count", "--by", "status"))
        self.assertEqual(finish(state, command=HOST), b"status,count\n200,500\n304,250\n404,250\n")
        flags = ["--sort", "count,-status", "--limit", "1", "--export", "jsonl"]
        self.assertEqual(finish(state, flags, command=HOST), b'{"status":404,"count":250}\n')
        with self.assertRaisesRegex(CommandError, "nothing"):
            finish(state, ["--sort", "nothing"], command=HOST)

    def test_say_what_they_are_about(self) -> None:
        known = inspect(self.states[0], command=HOST)
        size = self.logs[0].stat().st_size
        self.assertEqual(known["coverage"], [{"name": str(self.logs[0]), "begin": 0, "end": size}])
        self.assertEqual((known["lines"], known["rows"], known["unparsed"]), (500, 500, 0))

    def test_are_not_merged_when_they_cover_the_same_bytes(self) -> None:
        with self.assertRaisesRegex(CommandError, f"covers bytes 0 to .* of {self.logs[0]}, and so does .* counted twice"):
            merge([self.states[0], self.states[0]], command=HOST)

    def test_are_refused_when_they_are_damaged(self) -> None:
        with self.assertRaisesRegex(CommandError, "host: read the states .*: it is damaged: it ends"):
            merge([self.states[0][:-1]], command=HOST)
        with self.assertRaisesRegex(CommandError, "it is not a file of states"):
            finish(b"", command=HOST)
        with self.assertRaisesRegex(CommandError, "it is damaged: it ends"):
            inspect(self.states[0][:-1], command=HOST)
        with self.assertRaisesRegex(ValueError, "there is no state to merge"):
            merge([], command=HOST)
        with self.assertRaisesRegex(TypeError, "a state is bytes, and not int"):
            merge(self.states[0], command=HOST)  # type: ignore[arg-type]
        for call in (finish, inspect):
            with self.assertRaisesRegex(TypeError, "a state is bytes, and not str"):
                call("state", command=HOST)  # type: ignore[arg-type]
            with self.assertRaisesRegex(TypeError, "command is a list of texts, and not one text"):
                call(self.states[0], command="plughost")


if __name__ == "__main__":
    unittest.main()
