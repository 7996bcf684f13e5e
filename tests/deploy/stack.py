"""The stack of deploy/compose.yaml, as the cases see it."""
import json
import os
import pathlib
import subprocess
import time
import urllib.parse
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROJECT = "mongoose-test"
SERVER = "127.0.0.1:50051"
HTTP = "http://127.0.0.1:9464"
PROMETHEUS = "http://127.0.0.1:9090"
ALERTMANAGER = "http://127.0.0.1:9093"


def run(*words, **more):
    done = subprocess.run(words, capture_output=True, text=True, check=False, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout


def compose(*words, memory="4g"):
    return run("docker-compose", "-p", PROJECT, "-f", "deploy/compose.yaml",
               "--profile", "demo", *words, cwd=ROOT,
               env={**os.environ, "MONGOOSE_MEMORY": memory})


def container(service):
    return compose("ps", "-q", "-a", service).strip() or compose("ps", "-q", service).strip()


def inspect(service):
    return json.loads(run("docker", "inspect", container(service)))[0]


def logs(service):
    """Standard output and error, all starts of the container."""
    done = subprocess.run(["docker", "logs", container(service)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=True)
    return done.stdout


def events():
    """The server's log lines."""
    return [json.loads(line) for line in logs("mongoose").splitlines()
            if line.startswith("{")]


def get(url):
    with urllib.request.urlopen(url, timeout=10) as reply:
        return reply.read().decode()


def query(promql, seconds=0):
    """Samples of an instant query, or with `seconds` of that much history."""
    fields = {"query": promql}
    path = "query"
    if seconds:
        now = time.time()
        fields.update(start=now - seconds, end=now, step=5)
        path = "query_range"
    answer = json.loads(get(f"{PROMETHEUS}/api/v1/{path}?{urllib.parse.urlencode(fields)}"))
    return answer["data"]["result"]


def alerts():
    """Names of the alerts that Alertmanager has now."""
    found = json.loads(get(f"{ALERTMANAGER}/api/v2/alerts"))
    return {alert["labels"]["alertname"] for alert in found}


def wait_until(what, condition, seconds):
    """Until condition() is true; errors count as false."""
    start = time.monotonic()
    last = None
    while time.monotonic() < start + seconds:
        try:
            last = condition()
            if last:
                print(f"  {what}: after {time.monotonic() - start:.1f} s")
                return last
        except Exception as error:  # the stack is being shaken on purpose
            last = error
        time.sleep(0.5)
    raise AssertionError(f"{what}: not within {seconds} s; last: {last}")


def is_healthy():
    return inspect("mongoose")["State"]["Health"]["Status"] == "healthy"


def training_steps():
    """Steps the index of the worker has seen since it was created."""
    found = query("sum(mongoose_training_steps_total)")
    return float(found[0]["value"][1]) if found else 0.0
