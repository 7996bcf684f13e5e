"""What operators see: metrics, status, logs, TLS and exit codes."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request

import grpc
import numpy as np
from mongoose.v1 import index_service_pb2 as pb
from mongoose.v1 import index_service_pb2_grpc as rpc
from mongoose_client import AttentionSpec, Client, IndexSpec, MongooseError

SERVER = os.environ["MONGOOSE_SERVER"]
CTL = os.environ["MONGOOSECTL"]
ROOT = pathlib.Path(__file__).resolve().parents[2]
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


class OperationsCase(unittest.TestCase):
    """A server on TCP with its HTTP endpoint; `settings` are for --set."""

    settings = ()

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.log = self.folder / "log"
        with self.log.open("w", encoding="utf-8") as log:
            self.server = subprocess.Popen(
                [SERVER, *self.arguments(*self.settings)], stderr=log)
        self.addCleanup(self.stop)
        ready = self.wait_for_event("ready")
        self.address = f"127.0.0.1:{ready['port']}"
        self.http = f"127.0.0.1:{ready['metrics_port']}"

    def arguments(self, *settings):
        settings = ('listen.addresses=["127.0.0.1:0"]',
                    "listen.metrics_address=127.0.0.1:0",
                    "shutdown.drain_ms=100", *settings)
        return [word for setting in settings for word in ("--set", setting)]

    def stop(self):
        self.server.terminate()
        return self.server.wait(20)

    def events(self):
        return [json.loads(line)
                for line in self.log.read_text(encoding="utf-8").splitlines()]

    def wait_for_event(self, name, **fields):
        for _ in range(200):
            for event in self.events():
                if event["event"] == name and fields.items() <= event.items():
                    return event
            time.sleep(0.05)
        self.fail(f"no event {name} {fields} in {self.events()}")

    def get(self, path, method="GET"):
        request = urllib.request.Request(f"http://{self.http}{path}", method=method)
        try:
            with urllib.request.urlopen(request, timeout=10) as reply:
                return reply.status, reply.headers, reply.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers, error.read().decode()

    def make_layer(self, client, name="layer", rows=200, dim=8):
        client.wait_ready()
        client.create_index(IndexSpec(name=name, num_rows=rows, dim=dim))
        with client.open_updates(name, "loader") as updates:
            updates.set_rows(range(rows), np.random.default_rng(1).standard_normal(
                (rows, dim), np.float32))
            updates.wait_acked(20)
        client.wait_for_snapshot(name)


class HttpTest(OperationsCase):

    def test_metrics_are_those_of_the_page(self):
        with Client(self.address) as client:
            self.make_layer(client)
            client.create_index(IndexSpec(
                name="attention", kind=pb.INDEX_KIND_ATTENTION, dim=8,
                attention=AttentionSpec()))
            client.query_neurons("layer", np.ones((2, 8), np.float32))
        _, _, text = self.get("/metrics")
        shown = dict(re.findall(r"^# TYPE (\w+) (\w+)$", text, re.M))
        page = (ROOT / "docs/metrics.md").read_text(encoding="utf-8")
        documented = dict(re.findall(
            r"^\| `((?:mongoose|grpc|process)_\w+)` \| (counter|gauge|histogram) \|",
            page, re.M))
        if "mongoose_allocator_bytes" not in shown:  # sanitizers bring their own
            documented.pop("mongoose_allocator_bytes")
        self.assertEqual(shown, documented)
        self.assertNotIn('mongoose_index_rows{index="attention"}', text)
        self.assertIn('mongoose_queries_total{index="layer"} 2', text)

    def test_status_tells_indexes_with_spec_and_state(self):
        with Client(self.address) as client:
            self.make_layer(client)
        _, headers, text = self.get("/status.json")
        self.assertEqual(headers["Content-Type"], "application/json")
        status = json.loads(text)
        self.assertTrue(status["ready"])
        self.assertEqual([i["spec"]["name"] for i in status["indexes"]], ["layer"])
        self.assertEqual(status["indexes"][0]["status"]["rows_set"], "200")

    def test_pages_are_exact_and_read_only(self):
        code, headers, text = self.get("/")
        self.assertEqual(code, 200)
        self.assertIn("<title>mongoose</title>", text)
        self.assertIn("default-src 'self'", headers["Content-Security-Policy"])
        for asset in re.findall(r'(?:href|src)="([a-z.]+)"', text):
            self.assertEqual(self.get("/" + asset)[0], 200, asset)
        self.assertEqual(self.get("/metrics/x")[0], 404)
        self.assertEqual(self.get("/..%2f..%2fetc/passwd")[0], 404)
        self.assertEqual(self.get("/metrics", "POST")[0], 405)
        code, headers, text = self.get("/healthz", "HEAD")
        self.assertEqual((code, headers["Content-Length"], text), (200, "3", ""))

class DrainTest(OperationsCase):

    settings = ("shutdown.drain_ms=3000",)

    def health(self):
        return subprocess.run([CTL, "--server", self.address, "--timeout", "1", "health"],
                              check=False, capture_output=True).returncode

    def test_ready_until_it_drains(self):
        self.assertEqual(self.get("/readyz")[0], 200)
        self.assertEqual(self.health(), 0)
        self.server.terminate()
        self.wait_for_event("draining")
        self.assertEqual(self.get("/readyz")[0], 503)
        self.assertEqual(self.get("/healthz")[0], 200)
        self.assertFalse(json.loads(self.get("/status.json")[2])["ready"])
        self.assertEqual(self.health(), 1)
        self.assertIsNone(self.server.poll())
        self.assertEqual(self.server.wait(20), 0)


class CallLogTest(OperationsCase):

    def test_a_sampled_call_is_logged_with_its_stages(self):
        with Client(self.address) as client:
            self.make_layer(client)
        queries = np.ones((4, 8), np.float32)
        with grpc.insecure_channel(self.address) as channel:
            stub = rpc.IndexServiceStub(channel)
            request = pb.QueryNeuronsRequest(index="layer", queries=pb.Matrix(
                rows=4, cols=8, dtype=pb.DATA_TYPE_FP32, values=queries.tobytes()))
            for flags in ("00", "01"):
                stub.QueryNeurons(request, metadata=[
                    ("traceparent", f"00-{TRACE}-00f067aa0ba902b7-{flags}")])
        call = self.wait_for_event("call", method="QueryNeurons")
        self.assertEqual((call["code"], call["index"], call["trace_id"]),
                         ("OK", "layer", TRACE))
        self.assertLessEqual(call["queue_ms"] + call["work_ms"], call["total_ms"] + 0.01)
        for stage in ("hash", "propose", "cut", "rerank", "compose", "encode"):
            self.assertGreaterEqual(call[f"{stage}_ms"], 0)
        self.assertEqual(len([e for e in self.events() if e["event"] == "call"]), 1)

    def test_a_failed_call_is_logged_and_a_good_one_is_not(self):
        with Client(self.address) as client:
            client.wait_ready()
            client.list_indexes()
            with self.assertRaises(MongooseError):
                client.get_index("nothing")
        call = self.wait_for_event("call", method="GetIndex", code="NOT_FOUND")
        self.assertIn("nothing", call["error"])
        self.assertNotIn("ListIndexes", self.log.read_text(encoding="utf-8"))


class TlsTest(OperationsCase):

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.keys = pathlib.Path(folder.name)
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt",
                     "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key",
                     "-out", "ca.pem", "-subj", "/CN=test", "-days", "2")
        for name in ("server", "client"):
            self.openssl("req", "-new", "-newkey", "ec", "-pkeyopt",
                         "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                         f"{name}.key", "-out", f"{name}.csr", "-subj",
                         f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1")
            self.openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem",
                         "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
                         "-copy_extensions", "copy", "-out", f"{name}.pem")
        self.settings = (f"listen.tls.certificate={self.keys}/server.pem",
                         f"listen.tls.private_key={self.keys}/server.key",
                         f"listen.tls.client_ca={self.keys}/ca.pem")
        super().setUp()

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], cwd=self.keys, check=True,
                       capture_output=True)

    def read(self, name):
        return (self.keys / name).read_bytes()

    def test_clients_with_a_certificate_get_in_and_no_others(self):
        good = grpc.ssl_channel_credentials(
            self.read("ca.pem"), self.read("client.key"), self.read("client.pem"))
        with Client(self.address, credentials=good) as client:
            client.wait_ready()
            self.assertEqual(client.list_indexes(), [])
        for credentials in (None, grpc.ssl_channel_credentials(self.read("ca.pem"))):
            with Client(self.address, timeout=2, credentials=credentials) as client:
                with self.assertRaises(MongooseError):
                    client.list_indexes()
        files = ["--tls-ca", "ca.pem", "--tls-certificate", "client.pem",
                 "--tls-key", "client.key"]
        self.assertEqual(subprocess.run(
            [CTL, "--server", self.address, *files, "health"], cwd=self.keys,
            check=False, capture_output=True).returncode, 0)
        missing = subprocess.run(
            [CTL, "--server", self.address, "--tls-ca", "gone.pem", "health"],
            cwd=self.keys, check=False, capture_output=True, text=True)
        self.assertEqual(missing.returncode, 1)
        self.assertIn("gone.pem", missing.stderr)


class StartTest(OperationsCase):

    def check(self, *settings, arguments=()):
        """Exit codes and lines of starting and of checking."""
        arguments = [*arguments, *(word for s in settings for word in ("--set", s))]
        start = subprocess.run([SERVER, *arguments], check=False, timeout=20,
                               capture_output=True, text=True)
        check = subprocess.run([SERVER, *arguments, "--check-config"], check=False,
                               timeout=20, capture_output=True, text=True)
        self.assertEqual(len(start.stderr.splitlines()), 1, start.stderr)
        self.assertEqual(start.returncode, check.returncode)
        self.assertEqual(start.stderr.split(" (and ")[0].strip(),
                         check.stderr.splitlines()[0])
        return start.returncode, check.stderr.splitlines()

    def test_every_problem_has_its_line_and_exit_code(self):
        taken = f'listen.addresses=["{self.address}"]'
        free = 'listen.addresses=["127.0.0.1:0"]'
        off = "listen.metrics_address=off"
        file = self.folder / "server.yaml"
        file.write_text("pools:\n  threads: 1\nlimits:\n  max_total_bytes: 0\n",
                        encoding="utf-8")
        garbage = self.folder / "garbage.pem"
        garbage.write_text("-----BEGIN CERTIFICATE-----\n-----BEGIN PRIVATE KEY-----\n",
                           encoding="utf-8")
        code, lines = self.check(arguments=["--config", str(file)])
        self.assertEqual(code, 78)
        self.assertIn(f'{file}:2: unknown key "pools.threads"', lines[0])
        self.assertIn("query_threads", lines[0])
        self.assertIn(f"{file}:4: limits.max_total_bytes must be", lines[1])
        for code, text, settings in (
                (66, "No such file or directory", None),
                (69, "Address already in use", (taken, off)),
                (69, "listen.metrics_address",
                 (free, f"listen.metrics_address={self.http}")),
                (73, "No such file or directory",
                 ('listen.addresses=["unix:/nonexistent/a.sock"]', off)),
                (66, "must be a key of the first certificate",
                 (free, off, f"listen.tls.certificate={garbage}",
                  f"listen.tls.private_key={garbage}")),
                (66, "/nonexistent.pem",
                 (free, off, "listen.tls.certificate=/nonexistent.pem",
                  "listen.tls.private_key=/nonexistent.key"))):
            with self.subTest(text=text):
                got, lines = (self.check(*settings) if settings else
                              self.check(arguments=["--config", "/nonexistent"]))
                self.assertEqual(got, code)
                self.assertIn(text, lines[0])
        usage = subprocess.run([SERVER, "--colour"], check=False, capture_output=True)
        self.assertEqual(usage.returncode, 64)

    def test_a_good_configuration_is_said_to_be_good(self):
        result = subprocess.run(
            [SERVER, "--set", 'listen.addresses=["127.0.0.1:0"]', "--set",
             "listen.metrics_address=off", "--check-config"], check=False,
            capture_output=True, text=True)
        self.assertEqual((result.returncode, result.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
