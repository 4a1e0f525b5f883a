"""A plugin that answers what it must not, as its option says."""

import os
import time

import plughost
from plughost import _services
from plughost import plughost_pb2 as wire

options = {}


def match(self, requests, context):
    lie = options["lie"]
    held = []
    for lines in requests:
        if lie == "id":
            yield wire.Kept(id=lines.id + 1)
        elif lie == "twice":
            yield wire.Kept(id=lines.id)
            yield wire.Kept(id=lines.id)
        elif lie == "order":
            held.append(lines.id)
            if len(held) == 2:
                yield from [wire.Kept(id=id) for id in reversed(held)]
        elif lie == "ends":
            return
        elif lie == "dies":
            os._exit(3)
        elif lie == "sleeps":
            time.sleep(1000)
        else:
            yield wire.Kept(id=lines.id, ranges=[int(number) for number in lie.split(",")])


_services.Services.match = match
plughost.serve(
    plughost.Plugin(
        manifest={"id": "org.example.lying", "name": "lying", "version": "1.0.0"},
        init=options.update,
        filter=lambda line: True,
        transform=lambda line: None,
        literals=lambda: [text.encode() for text in options.get("literals", [])],
    )
)
