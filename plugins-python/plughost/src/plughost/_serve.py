"""Speaks the part of a plugin in HashiCorp's go-plugin: the handshake, and the calls that every such program answers."""

from __future__ import annotations

import base64
import os
import sys
import threading
from concurrent import futures
from typing import Any

import grpc

from ._plugin import Plugin
from ._services import Services

_COOKIE = ("PLUGHOST_PLUGIN", "1")
_VERSION = 1
#: No limit of a message, as in go-plugin.
_OPTIONS = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]


def serve(plugin: Plugin) -> None:
    """Answers the host until it ends the program."""
    if os.environ.get(_COOKIE[0]) != _COOKIE[1]:
        sys.exit("This is a plugin of plughost, which starts it: plughost itself is the command to run.")
    # A lane takes a thread for as long as it is open, and other calls need some too.
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=plugin.lanes * 3 + 2), options=_OPTIONS)
    ended = threading.Event()
    server.add_generic_rpc_handlers([*_own_handlers(ended), *Services(plugin).handlers()])
    path = os.path.join(os.environ.get("PLUGIN_UNIX_SOCKET_DIR") or "/tmp", f"plugin-{os.getpid()}")
    client = os.environ.get("PLUGIN_CLIENT_CERT")
    certificate = _listen_tls(server, path, client) if client else _listen(server, path)
    server.start()
    print(f"1|{_VERSION}|unix|{path}|grpc|{certificate}", flush=True)
    # What the author prints must not be taken for the protocol, and the host reads both.
    ended.wait()
    server.stop(grace=0.5).wait()


def _listen(server: grpc.Server, path: str) -> str:
    server.add_insecure_port(f"unix:{path}")
    return ""


def _listen_tls(server: grpc.Server, path: str, client: str) -> str:
    key, certificate, der = _make_certificate()
    credentials = grpc.ssl_server_credentials([(key, certificate)], client.encode(), require_client_auth=True)
    server.add_secure_port(f"unix:{path}", credentials)
    return base64.b64encode(der).decode().rstrip("=")


def _make_certificate() -> tuple[bytes, bytes, bytes]:
    """Makes a key and a certificate for this process alone. Returns both as PEM, and the certificate as DER."""
    import datetime

    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError:
        sys.exit("TLS needs the package cryptography: pip install 'plughost[tls]'")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    day = datetime.timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - day)
        .not_valid_after(now + 365 * day)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return private, certificate.public_bytes(pem), certificate.public_bytes(serialization.Encoding.DER)


def _own_handlers(ended: threading.Event) -> list[grpc.GenericRpcHandler]:
    """The health check and Shutdown. Their messages are so small that they are written by hand."""

    def check(_request: bytes, _context: Any) -> bytes:
        return b"\x08\x01"  # status = SERVING

    def shutdown(_request: bytes, _context: Any) -> bytes:
        ended.set()
        return b""

    def handler(call: Any) -> grpc.RpcMethodHandler:
        return grpc.unary_unary_rpc_method_handler(call, lambda data: data, lambda data: data)

    return [
        grpc.method_handlers_generic_handler("grpc.health.v1.Health", {"Check": handler(check)}),
        grpc.method_handlers_generic_handler("plugin.GRPCController", {"Shutdown": handler(shutdown)}),
    ]
