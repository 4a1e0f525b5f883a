import re

import plughost

digits = re.compile(rb"[0-9]+")


def transform(line):
    return digits.sub(b"#", line) if digits.search(line) else None


plughost.serve(
    plughost.Plugin(
        manifest={"id": "org.plughost.test.small", "name": "small", "version": "1.0.0"},
        transform=transform,
        exporter=plughost.Exporter(
            begin=lambda: b"[\n",
            line=lambda line: b"> %s\n" % line,
            end=lambda: b"]\n",
        ),
    )
)
