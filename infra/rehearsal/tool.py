"""The operator's tool, run against a deployment as an operator runs it."""

import json
import os
import subprocess
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from api import Unexpected
from cloud import OPERATOR, opener
from places import DEBUG, ROOT

TOOL = DEBUG / "varsling-ops"
# By the names that the SDKs look for. One address for all would make the tool use placeholders for credentials.
SERVICES = ["CLOUDFORMATION", "DYNAMODB", "LAMBDA", "SESV2", "SNS", "SQS", "STS"]


class Tool:
    """The tool with an administrator's token, and a proxy that leads to the API."""

    def __init__(self, stack, token):
        self.stack = stack
        self.token = token
        self.proxy = Proxy(stack.api(token))

    def told(self, *arguments, status=0):
        """What a command says in JSON."""
        command = [TOOL, "--stack", self.stack.name, "--api", self.proxy.url, "--json", *arguments]
        places = {f"AWS_ENDPOINT_URL_{service}": self.stack.cloud.url for service in SERVICES}
        region = {"AWS_REGION": OPERATOR["AWS_DEFAULT_REGION"]}
        variables = {**OPERATOR, **region, **places, "VARSLING_TOKEN": self.token}
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, capture_output=True, text=True, timeout=120)
        if done.returncode != status:
            raise Unexpected(f"{arguments}: status {done.returncode} in place of {status}: {done.stdout}{done.stderr}")
        return json.loads(done.stdout)


class Proxy(ThreadingHTTPServer):
    """The emulator knows an API by the name of its host, which resolves to nothing here: this adds the name."""

    def __init__(self, api):
        super().__init__(("127.0.0.1", 0), ProxiedRequest)
        self.api = api
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}/notifications/api/v1"


class ProxiedRequest(BaseHTTPRequestHandler):
    """A request that is passed on to the API."""

    def forward(self):
        api = self.server.api
        length = int(self.headers.get("Content-Length") or 0)
        data = self.rfile.read(length) if length else None
        wanted = {name: value for name, value in self.headers.items() if name.lower() in ("authorization", "content-type")}
        request = urllib.request.Request(
            api.base.removesuffix("/notifications/api/v1") + self.path, data, {**wanted, "Host": api.host},
            method=self.command)
        try:
            with opener.open(request, timeout=30) as answer:
                self.answer(answer.status, answer.read())
        except urllib.error.HTTPError as error:
            self.answer(error.code, error.read())

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_DELETE = forward

    def log_message(self, *_):
        """Says nothing."""
