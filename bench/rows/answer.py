"""Counts the lines of a log by a column, by DuckDB or polars:

    answer.py LIBRARY THREADS access|json COLUMN LOG

Prints `key,count` for each key. The access log is read as text that spaces separate and quotes enclose, which is the
fastest way that both libraries have.
"""
import os
import sys

library, threads, form, column, log = sys.argv[1:]
os.environ["POLARS_MAX_THREADS"] = threads

WORDS = {"status": "c6", "path": "split_part(c5, ' ', 2)"}
NAMES = [f"c{i}" for i in range(10)]


def of_duckdb():
    import duckdb

    connection = duckdb.connect(config={"threads": int(threads)})
    if form == "json":
        source, key = f"read_json(?, format='newline_delimited', columns={{'{column}': 'VARCHAR'}})", column
    else:
        columns = ", ".join(f"'{name}': 'VARCHAR'" for name in NAMES)
        source = (
            "read_csv(?, delim=' ', quote='\"', escape='\\', header=false, auto_detect=false, "
            f"columns={{{columns}}}, strict_mode=false, null_padding=true)"
        )
        key = WORDS[column]
    yield from connection.execute(f"SELECT {key} AS key, count(*) FROM {source} GROUP BY key", [log]).fetchall()


def of_polars():
    import polars

    if form == "json":
        frame = polars.scan_ndjson(log, schema={column: polars.String})
        key = polars.col(column)
    else:
        frame = polars.scan_csv(
            log, separator=" ", has_header=False, new_columns=NAMES, infer_schema=False, truncate_ragged_lines=True
        )
        word = polars.col("c5").str.split(" ").list.get(1)
        key = polars.col("c6") if column == "status" else word
    counted = frame.select(key.alias("key")).group_by("key").agg(polars.len()).collect(engine="streaming")
    yield from counted.iter_rows()


for key, count in {"duckdb": of_duckdb, "polars": of_polars}[library]():
    print(f"{key},{count}")
