"""Starts an emulator that others wrote, on a free port of loopback.

Prints one line, {"endpoint": "..."}, when it answers, and ends when its standard input is closed:
however the test that started it comes to its end, nothing is left running.
"""

import json
import os
import socket
import sys
import threading
import time
import urllib.request


def end_with_parent():
    while os.read(0, 4096):
        pass
    os._exit(0)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def announce(port, path):
    endpoint = f"http://127.0.0.1:{port}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for _ in range(600):
        try:
            opener.open(endpoint + path, timeout=2).read()
            break
        except OSError:
            time.sleep(0.05)
    else:
        os._exit(1)
    print(json.dumps({"endpoint": endpoint}), flush=True)


def moto(bridges):
    from bridges import Bridged
    from moto.server import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Handler(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_request(self, code="-", size="-"):
            if int(code) >= 400:
                super().log_request(code, size)

    app = Bridged(DomainDispatcherApplication(create_backend_app), bridges)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler)
    threading.Thread(target=announce, args=(server.server_port, "/bridges"), daemon=True).start()
    server.serve_forever()


def ministack(bridges):
    # An account's administrator is its account id as access key, with this secret; see
    # `is_root_access_key` and `resolve_credential` in ministack/core/iam_evaluator.py.
    port = free_port()
    os.environ.update(
        AUTH="true",
        BIND_HOST="127.0.0.1",
        GATEWAY_PORT=str(port),
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        SERVICES="sts,iam,kms,s3",
        SFTP_ENABLED="0",
        IOT_MTLS_ENABLED="0",
        DOCKER_HOST="unix:///nonexistent",
        LOG_LEVEL="WARNING",
    )
    os.environ.pop("AWS_SESSION_TOKEN", None)
    from ministack import app

    from bridges import mend_ministack

    needed = mend_ministack(bridges)
    behind = app.app

    async def in_front(scope, receive, send):
        if scope["type"] == "http" and scope["path"] == "/bridges":
            body = json.dumps(needed).encode()
            headers = [(b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})
            return
        # As a proxy that ends TLS in front of it says; without it every bucket policy that asks for
        # TLS refuses everything, as it should.
        if scope["type"] == "http":
            scope = {**scope, "headers": [*scope["headers"], (b"x-forwarded-proto", b"https")]}
        await behind(scope, receive, send)

    app.app = in_front

    threading.Thread(
        target=announce, args=(port, "/_ministack/health"), daemon=True
    ).start()
    sys.argv = ["ministack"]
    app.main()


if __name__ == "__main__":
    threading.Thread(target=end_with_parent, daemon=True).start()
    {"moto": moto, "ministack": ministack}[sys.argv[1]](sys.argv[2:])
