"""A plugin that offers everything: test/remote/client/sdk.test.ts compares it with its twin, main.go."""

import plughost

CHANGES = {b"drop": plughost.DROP, b"two": b"1\n2", b"empty": b""}


def init(config):
    if config.get("Bad"):
        raise plughost.ConfigError("it is bad")


def keep(line):
    if line == b"boom":
        raise ValueError("oh")
    return b"a" in line


def change(line):
    if line == b"boom":
        raise plughost.PluginError("oh")
    return CHANGES.get(line)


plughost.serve(
    plughost.Plugin(
        manifest={"id": "org.example.every", "name": "every", "version": "1.0.0"},
        lanes=2,
        ordered=True,
        init=init,
        run=lambda: ["one ", "två"],
        filter=keep,
        transform=change,
        exporter=plughost.Exporter(
            begin=lambda: b"[", line=lambda line: b"<" + line + b">", end=lambda: b"]"
        ),
    )
)
