"""A plugin of go-plugin as HashiCorp's guide for other languages describes it: gRPC and a printed handshake.

echo.py NETWORK [CERTIFICATE KEY]: NETWORK is unix or tcp. It has no Shutdown and no GRPCStdio.
"""

import base64
import os
import ssl
import sys
from concurrent import futures

import grpc


def handler(call):
    return grpc.unary_unary_rpc_method_handler(call, lambda data: data, lambda data: data)


def services():
    # The answers are protobuf by hand: status = SERVING, and the text as it came.
    check = {"Check": handler(lambda request, context: b"\x08\x01")}
    say = {"Say": handler(lambda request, context: request)}
    return (
        grpc.method_handlers_generic_handler("grpc.health.v1.Health", check),
        grpc.method_handlers_generic_handler("test.Echo", say),
    )


def main():
    network, *tls = sys.argv[1:]
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=2))
    server.add_generic_rpc_handlers(services())
    certificate = ""
    if network == "unix":
        path = os.environ["PLUGIN_UNIX_SOCKET_DIR"] + "/echo"
        address, target = path, "unix:" + path
    else:
        address = target = "127.0.0.1:0"
    if tls:
        with open(tls[0]) as pem, open(tls[1], "rb") as key:
            text = pem.read()
            pair = (key.read(), text.encode())
        root = os.environ["PLUGIN_CLIENT_CERT"].encode()
        credentials = grpc.ssl_server_credentials([pair], root, True)
        port = server.add_secure_port(target, credentials)
        certificate = base64.b64encode(ssl.PEM_cert_to_DER_cert(text)).decode().rstrip("=")
    else:
        port = server.add_insecure_port(target)
    if network == "tcp":
        address = f"127.0.0.1:{port}"
    server.start()
    print("a line before the handshake")
    print(f"1|2|{network}|{address}|grpc|{certificate}", flush=True)
    server.wait_for_termination()


main()
