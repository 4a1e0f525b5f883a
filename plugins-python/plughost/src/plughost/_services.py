"""Answers the calls of the host."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import grpc

from . import plughost_pb2 as wire
from ._blocks import Block, Cancelled, LineError, Memory, Ranges
from ._plugin import DROP, Plugin, PluginError

_CANCELLED, _PANIC = -6, -8
_LINEWISE, _ORDERED = 1, 2


def _problem(error: Exception, base: int = 0) -> wire.Problem:
    at = None
    if isinstance(error, LineError):
        at = error.at - base
        cause = error.__cause__
        error = cause if isinstance(cause, Exception) else error
    if isinstance(error, Cancelled):
        code, message = _CANCELLED, "cancelled"
    elif isinstance(error, PluginError):
        code, message = error.code, str(error)
    else:
        # Where it happened is for the author, and goes to the host's log.
        traceback.print_exception(error)
        code, message = _PANIC, f"{type(error).__name__}: {error}"
    return wire.Problem(code=code, message=message, offset=at)


class Services:
    """The services of plughost for one plugin."""

    def __init__(self, plugin: Plugin) -> None:
        self.plugin = plugin
        self.memory: Memory | None = None

    def describe(self, _request: wire.DescribeRequest, _context: Any) -> wire.DescribeResponse:
        plugin = self.plugin
        flags = _ORDERED if plugin.ordered else _LINEWISE
        return wire.DescribeResponse(
            manifest=json.dumps(plugin.manifest),
            filter=flags if plugin.filter or plugin.scan else None,
            transform=flags if plugin.transform else None,
            exporter=0 if plugin.exporter else None,
            shared_blocks=True,
            lanes=plugin.lanes,
        )

    def init(self, request: wire.InitRequest, _context: Any) -> wire.InitResponse:
        try:
            if request.blocks_descriptor:
                self.memory = Memory(request.blocks_descriptor, request.blocks_size)
            if self.plugin.init:
                self.plugin.init(json.loads(request.config or b"{}"))
            literals = list(self.plugin.literals()) if self.plugin.literals else []
            return wire.InitResponse(literals=literals)
        except Exception as error:  # noqa: BLE001: whatever the author's code raises is reported
            return wire.InitResponse(problem=_problem(error))

    def run(self, _request: wire.RunRequest, _context: Any) -> Iterator[wire.Chunk]:
        try:
            said = self.plugin.run() if self.plugin.run else ""
            for text in [said] if isinstance(said, str) else said:
                yield wire.Chunk(text=text.encode())
        except Exception as error:  # noqa: BLE001
            yield wire.Chunk(problem=_problem(error))

    def match(self, requests: Iterator[wire.Lines], context: Any) -> Iterator[wire.Kept]:
        for lines in requests:
            base = 0
            try:
                block = Block(lines, self.memory)
                base = block.base
                ranges = Ranges(base)
                for begin, end in self._kept(block, context.is_active):
                    ranges.add(begin, end)
                yield wire.Kept(id=lines.id, ranges=ranges.gaps)
            except Exception as error:  # noqa: BLE001
                yield wire.Kept(id=lines.id, problem=_problem(error, base))

    def _kept(self, block: Block, active: Callable[[], bool]) -> Iterator[tuple[int, int]]:
        if self.plugin.scan:
            for begin, end in block.ranges:
                yield from block.around(self.plugin.scan(block.data, begin, end), begin, end)
            return
        keeps = self.plugin.filter
        assert keeps is not None
        for begin, stop, after in block.lines(active):
            try:
                kept = keeps(block.data[begin:stop])
            except Exception as error:
                raise LineError(begin) from error
            if kept:
                yield begin, after

    def apply(self, requests: Iterator[wire.Lines], context: Any) -> Iterator[wire.Made]:
        change = self.plugin.transform
        assert change is not None
        for lines in requests:
            base = 0
            try:
                block = Block(lines, self.memory)
                base = block.base
                pieces: list[int] = []
                texts: list[bytes] = []
                last = -1
                for begin, stop, after in block.lines(context.is_active):
                    try:
                        made = change(block.data[begin:stop])
                    except Exception as error:
                        raise LineError(begin) from error
                    length = (after - begin) * 4
                    kind = 0 if made is None else 1 if made is DROP else 2
                    if isinstance(made, (bytes, bytearray)):
                        text = bytes(made) if not made or made.endswith(b"\n") else bytes(made) + b"\n"
                        texts.append(text)
                        pieces += (length + 2, len(text))
                    elif kind == 2:
                        raise LineError(begin) from TypeError(f"transform returned {made!r}")
                    elif kind == last:
                        pieces[-1] += length
                    else:
                        pieces.append(length + kind)
                    last = kind
                yield wire.Made(id=lines.id, pieces=pieces, text=b"".join(texts))
            except Exception as error:  # noqa: BLE001
                yield wire.Made(id=lines.id, problem=_problem(error, base))

    def export(self, requests: Iterator[wire.ExportLines], context: Any) -> Iterator[wire.Exported]:
        exporter = self.plugin.exporter
        assert exporter is not None
        for asked in requests:
            base = 0
            try:
                block = Block(asked.lines, self.memory)
                base = block.base
                out = [exporter.begin()] if asked.begin and exporter.begin else []
                for begin, stop, _ in block.lines(context.is_active):
                    try:
                        out.append(exporter.line(block.data[begin:stop]))
                    except Exception as error:
                        raise LineError(begin) from error
                if asked.end and exporter.end:
                    out.append(exporter.end())
                yield wire.Exported(id=asked.lines.id, text=b"".join(out))
            except Exception as error:  # noqa: BLE001
                yield wire.Exported(id=asked.lines.id, problem=_problem(error, base))

    def handlers(self) -> list[grpc.GenericRpcHandler]:
        """Returns what grpcio calls, for the services that the plugin offers."""
        plugin = self.plugin
        found = [
            _service(
                "Plugin",
                Describe=grpc.unary_unary_rpc_method_handler(self.describe, *_wire(wire.DescribeRequest)),
                Init=grpc.unary_unary_rpc_method_handler(self.init, *_wire(wire.InitRequest)),
                Run=grpc.unary_stream_rpc_method_handler(self.run, *_wire(wire.RunRequest)),
            )
        ]
        stream = grpc.stream_stream_rpc_method_handler
        if plugin.filter or plugin.scan:
            found.append(_service("Filter", Match=stream(self.match, *_wire(wire.Lines))))
        if plugin.transform:
            found.append(_service("Transform", Apply=stream(self.apply, *_wire(wire.Lines))))
        if plugin.exporter:
            found.append(_service("Exporter", Export=stream(self.export, *_wire(wire.ExportLines))))
        return found


def _wire(request: Any) -> tuple[Callable[[bytes], Any], Callable[[Any], bytes]]:
    return request.FromString, lambda answer: answer.SerializeToString()


def _service(name: str, **calls: Any) -> grpc.GenericRpcHandler:
    return grpc.method_handlers_generic_handler(f"plughost.v1.{name}", calls)
