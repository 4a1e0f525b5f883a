from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class DescribeRequest(_message.Message):
    __slots__ = ("abi_major", "abi_minor", "host")
    ABI_MAJOR_FIELD_NUMBER: _ClassVar[int]
    ABI_MINOR_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    abi_major: int
    abi_minor: int
    host: str
    def __init__(self, abi_major: _Optional[int] = ..., abi_minor: _Optional[int] = ..., host: _Optional[str] = ...) -> None: ...

class DescribeResponse(_message.Message):
    __slots__ = ("manifest", "name", "filter", "transform", "exporter", "shared_blocks", "lanes")
    MANIFEST_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    FILTER_FIELD_NUMBER: _ClassVar[int]
    TRANSFORM_FIELD_NUMBER: _ClassVar[int]
    EXPORTER_FIELD_NUMBER: _ClassVar[int]
    SHARED_BLOCKS_FIELD_NUMBER: _ClassVar[int]
    LANES_FIELD_NUMBER: _ClassVar[int]
    manifest: str
    name: str
    filter: int
    transform: int
    exporter: int
    shared_blocks: bool
    lanes: int
    def __init__(self, manifest: _Optional[str] = ..., name: _Optional[str] = ..., filter: _Optional[int] = ..., transform: _Optional[int] = ..., exporter: _Optional[int] = ..., shared_blocks: _Optional[bool] = ..., lanes: _Optional[int] = ...) -> None: ...

class InitRequest(_message.Message):
    __slots__ = ("config", "blocks_descriptor", "blocks_size")
    CONFIG_FIELD_NUMBER: _ClassVar[int]
    BLOCKS_DESCRIPTOR_FIELD_NUMBER: _ClassVar[int]
    BLOCKS_SIZE_FIELD_NUMBER: _ClassVar[int]
    config: bytes
    blocks_descriptor: int
    blocks_size: int
    def __init__(self, config: _Optional[bytes] = ..., blocks_descriptor: _Optional[int] = ..., blocks_size: _Optional[int] = ...) -> None: ...

class InitResponse(_message.Message):
    __slots__ = ("literals", "problem")
    LITERALS_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    literals: _containers.RepeatedScalarFieldContainer[bytes]
    problem: Problem
    def __init__(self, literals: _Optional[_Iterable[bytes]] = ..., problem: _Optional[_Union[Problem, _Mapping]] = ...) -> None: ...

class Problem(_message.Message):
    __slots__ = ("code", "message", "offset")
    CODE_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    code: int
    message: str
    offset: int
    def __init__(self, code: _Optional[int] = ..., message: _Optional[str] = ..., offset: _Optional[int] = ...) -> None: ...

class RunRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Chunk(_message.Message):
    __slots__ = ("text", "problem")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    text: bytes
    problem: Problem
    def __init__(self, text: _Optional[bytes] = ..., problem: _Optional[_Union[Problem, _Mapping]] = ...) -> None: ...

class Shared(_message.Message):
    __slots__ = ("at", "size")
    AT_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    at: int
    size: int
    def __init__(self, at: _Optional[int] = ..., size: _Optional[int] = ...) -> None: ...

class Lines(_message.Message):
    __slots__ = ("id", "shared", "data", "ranges", "input", "offset")
    ID_FIELD_NUMBER: _ClassVar[int]
    SHARED_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    RANGES_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    id: int
    shared: Shared
    data: bytes
    ranges: _containers.RepeatedScalarFieldContainer[int]
    input: int
    offset: int
    def __init__(self, id: _Optional[int] = ..., shared: _Optional[_Union[Shared, _Mapping]] = ..., data: _Optional[bytes] = ..., ranges: _Optional[_Iterable[int]] = ..., input: _Optional[int] = ..., offset: _Optional[int] = ...) -> None: ...

class Kept(_message.Message):
    __slots__ = ("id", "ranges", "problem")
    ID_FIELD_NUMBER: _ClassVar[int]
    RANGES_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    id: int
    ranges: _containers.RepeatedScalarFieldContainer[int]
    problem: Problem
    def __init__(self, id: _Optional[int] = ..., ranges: _Optional[_Iterable[int]] = ..., problem: _Optional[_Union[Problem, _Mapping]] = ...) -> None: ...

class Made(_message.Message):
    __slots__ = ("id", "pieces", "text", "problem")
    ID_FIELD_NUMBER: _ClassVar[int]
    PIECES_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    id: int
    pieces: _containers.RepeatedScalarFieldContainer[int]
    text: bytes
    problem: Problem
    def __init__(self, id: _Optional[int] = ..., pieces: _Optional[_Iterable[int]] = ..., text: _Optional[bytes] = ..., problem: _Optional[_Union[Problem, _Mapping]] = ...) -> None: ...

class ExportLines(_message.Message):
    __slots__ = ("lines", "begin", "end")
    LINES_FIELD_NUMBER: _ClassVar[int]
    BEGIN_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    lines: Lines
    begin: bool
    end: bool
    def __init__(self, lines: _Optional[_Union[Lines, _Mapping]] = ..., begin: _Optional[bool] = ..., end: _Optional[bool] = ...) -> None: ...

class Exported(_message.Message):
    __slots__ = ("id", "text", "problem")
    ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    id: int
    text: bytes
    problem: Problem
    def __init__(self, id: _Optional[int] = ..., text: _Optional[bytes] = ..., problem: _Optional[_Union[Problem, _Mapping]] = ...) -> None: ...
