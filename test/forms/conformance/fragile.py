import os
import time

import plughost

options = {}


def commit(line):
    """Does what the options say at a poisoned line."""
    if b"POISON" not in line:
        return
    if options["fault"] == "exit":
        os._exit(3)
    if options["fault"] == "hang":
        time.sleep(3600)
    raise ValueError("it says so")


def keep(line):
    commit(line)
    return True


def row(line):
    commit(line)
    return line + b"\n"


plughost.serve(
    plughost.Plugin(
        manifest={"id": "org.plughost.test.fragile", "name": "fragile", "version": "1.0.0"},
        init=options.update,
        filter=keep,
        transform=commit,
        exporter=plughost.Exporter(line=row),
    )
)
