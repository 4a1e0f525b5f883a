#!/usr/bin/env python3
"""A plugin of plughost: it looks for a text."""

import plughost

MANIFEST = {
    "id": "org.example.template",
    "name": "template",
    "version": "0.1.0",
    "description": "Looks for a text",
    "extensions": ["plug.filter/1", "plug.transform/1", "plug.exporter/1"],
    "config": {
        "type": "object",
        "properties": {
            "text": {"type": "string", "minLength": 1, "default": "ERROR", "description": "What to look for"}
        },
        "additionalProperties": False,
    },
}

text = b""


def init(options):
    """Reads the options. The host has checked them against the manifest and filled in defaults."""
    global text
    text = options["text"].encode()


def run():
    """Returns what `plughost load` shows."""
    return f"Looks for {text.decode()}"
# kind: filter


def keep(line):
    """Returns whether a line, given without its newline, is kept."""
    return text in line
# end
# kind: transform


def transform(line):
    """Returns the bytes that take the place of a line; plughost.DROP for nothing, None for the line."""
    return line.replace(text, b"[" + text + b"]") if text in line else None
# end
# kind: exporter


def begin():
    """Returns what is written before the first line."""
    return b"# " + text + b"\n\n"


def write(line):
    """Returns what is written for a line, given without its newline."""
    return b"- " + line + b"\n"
# end


plughost.serve(
    plughost.Plugin(
        manifest=MANIFEST,
        init=init,
        run=run,
        # kind: filter
        filter=keep,
        # end
        # kind: transform
        transform=transform,
        # end
        # kind: exporter
        exporter=plughost.Exporter(begin=begin, line=write),
        # end
    )
)
