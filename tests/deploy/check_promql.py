"""Every expression that operators rely on, asked of a live Prometheus."""
import json
import math
import re

import yaml

import stack


def dashboard_expressions():
    for path in sorted((stack.ROOT / "deploy/grafana/dashboards").glob("*.json")):
        board = json.loads(path.read_text(encoding="utf-8"))
        for panel in board["panels"]:
            for target in panel.get("targets", []):
                yield f"{board['title']}: {panel['title']}", target["expr"]


def rule_expressions():
    """Recording rules whole; of alerts what they compare, which must exist even
    while nothing is wrong."""
    for name in ("recording.yml", "alerts.yml"):
        text = (stack.ROOT / "deploy/prometheus" / name).read_text(encoding="utf-8")
        for group in yaml.safe_load(text)["groups"]:
            for rule in group["rules"]:
                if "record" in rule:
                    yield rule["record"], rule["expr"]
                    continue
                for part in rule["expr"].split(" and "):
                    compared = re.fullmatch(
                        r"(.*\S)\s*(?:==|[<>])\s*(?:[\d.]+|([a-z][\w:]*))\s*", part, re.S)
                    for side in filter(None, compared.groups()):
                        yield rule["alert"], side


def problem_of(expression):
    """What is wrong with the answer over the last minute, or None."""
    expression = (expression.replace("$__rate_interval", "30s")
                  .replace("$instance", ".*").replace("$index", ".*"))
    try:
        result = stack.query(expression, seconds=60)
    except OSError as error:
        return f"refused: {error}"
    values = [float(value) for series in result for _, value in series["values"]]
    if not values:
        return "no series"
    if not any(map(math.isfinite, values)):
        return "no finite value"
    return None


def problems():
    """(number of expressions, what is wrong with them)."""
    expressions = [*dashboard_expressions(), *rule_expressions()]
    found = [(name, expression, problem_of(expression)) for name, expression in expressions]
    return len(found), [f"{name}: {problem}: {expression}"
                        for name, expression, problem in found if problem]
