// The status page: reads /metrics and /status.json every two seconds, and keeps
// ten minutes of history while it is open.
'use strict';

const PERIOD_SECONDS = 2;
const HISTORY = 300;
// Of a stream, the latency is its whole life.
const QUERY_METHODS = new Set(['QueryNeurons', 'QueryBuckets']);

// --- reading -----------------------------------------------------------------

// Prometheus text to a Map from "name" to [{labels, value}].
function parseMetrics(text) {
  const families = new Map();
  for (const line of text.split('\n')) {
    const match = /^(\w+)(?:\{(.*)\})? (\S+)/.exec(line);
    if (!match) continue;
    const labels = {};
    for (const [, key, value] of (match[2] || '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) {
      labels[key] = value;
    }
    const value = match[3] === '+Inf' ? Infinity : Number(match[3]);
    if (!families.has(match[1])) families.set(match[1], []);
    families.get(match[1]).push({labels, value});
  }
  return families;
}

function sum(families, name, wanted = () => true) {
  return (families.get(name) || []).filter((s) => wanted(s.labels))
      .reduce((total, s) => total + s.value, 0);
}

// Calls of query methods by upper bound of their latency, cumulative.
function latencyBuckets(families) {
  const counts = new Map();
  for (const {labels, value} of families.get('grpc_server_handling_seconds_bucket') || []) {
    if (!QUERY_METHODS.has(labels.grpc_method)) continue;
    const bound = labels.le === '+Inf' ? Infinity : Number(labels.le);
    counts.set(bound, (counts.get(bound) || 0) + value);
  }
  return counts;
}

// Seconds that a share of the calls between two readings took at most, within
// a bucket by linear interpolation; null without calls.
function quantile(share, now, before) {
  const bounds = [...now.keys()].sort((a, b) => a - b);
  const counts = bounds.map((b) => now.get(b) - (before.get(b) || 0));
  const total = counts.at(-1) || 0;
  if (total <= 0) return null;
  const at = counts.findIndex((count) => count >= share * total);
  const low = at === 0 ? 0 : bounds[at - 1];
  if (bounds[at] === Infinity) return low;
  const below = at === 0 ? 0 : counts[at - 1];
  return low + (bounds[at] - low) * (share * total - below) / (counts[at] - below);
}

// --- words -------------------------------------------------------------------

function count(value) {
  for (const [size, unit] of [[1e9, 'G'], [1e6, 'M'], [1e4, 'k']]) {
    if (value >= size) return (value / (unit === 'k' ? 1e3 : size)).toPrecision(3) + ' ' + unit;
  }
  return String(value < 100 ? Math.round(value * 10) / 10 : Math.round(value));
}

function bytes(value) {
  for (const [size, unit] of [[2 ** 30, 'GiB'], [2 ** 20, 'MiB'], [2 ** 10, 'KiB']]) {
    if (value >= size) return (value / size).toPrecision(3) + ' ' + unit;
  }
  return value + ' B';
}

const percent = (value) => (100 * value).toFixed(1) + ' %';
const millis = (value) => (value === null ? '–' : (1e3 * value).toPrecision(3) + ' ms');

function age(seconds) {
  if (seconds < 120) return Math.round(seconds) + ' s';
  if (seconds < 7200) return Math.round(seconds / 60) + ' min';
  return (seconds / 3600).toFixed(1) + ' h';
}

// --- drawing -----------------------------------------------------------------

const element = (id) => document.getElementById(id);

function node(tag, text = '', kind = '') {
  const made = document.createElement(tag);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

function fillList(list, pairs) {
  list.replaceChildren(...pairs.map(([term, text, kind]) => {
    const pair = node('div');
    pair.append(node('dt', term), node('dd', text, kind));
    return pair;
  }));
}

class Chart {
  constructor(title, unit, series) {
    this.data = [[], ...series.map(() => [])];
    const figure = node('figure');
    figure.append(node('figcaption', title));
    element('charts').append(figure);
    const colours = ['#1a73e8', '#e8710a', '#12a4af'];
    const faint = getComputedStyle(figure.firstChild).color;
    const axis = {stroke: faint, grid: {stroke: '#80808030'}, ticks: {show: false}};
    this.plot = new uPlot({
      ...Chart.size(figure),
      series: [{}, ...series.map((label, i) => (
        {label, stroke: colours[i], width: 1.5, spanGaps: true,
          value: (_, v) => (v === null ? '–' : v.toPrecision(3) + ' ' + unit)}))],
      axes: [axis, {...axis, size: 56, values: (_, ticks) => ticks.map(count)}],
      scales: {y: {range: (_, low, high) => [0, Math.max(high, 1e-9) * 1.05]}},
    }, this.data, figure);
    new ResizeObserver(() => this.plot.setSize(Chart.size(figure))).observe(figure);
  }

  static size(figure) {
    return {width: Math.max(200, figure.clientWidth - 16), height: 170};
  }

  add(time, values) {
    [time, ...values].forEach((value, i) => {
      this.data[i].push(value);
      if (this.data[i].length > HISTORY) this.data[i].shift();
    });
    this.plot.setData(this.data);
  }
}

function describeIndex({spec, status}, families) {
  const only = (labels) => labels.index === spec.name;
  const value = (name) => sum(families, name, only);
  const card = node('article');
  const attention = spec.kind === 'INDEX_KIND_ATTENTION';
  const title = node('h3', spec.name + ' ');
  title.append(node('small', attention
    ? `attention, dim ${spec.dim}`
    : `${spec.hash.family.replace('HASH_FAMILY_', '').toLowerCase().replaceAll('_', ' ')}, ` +
      `${count(Number(spec.num_rows))} rows of ${spec.dim}`));
  const list = node('dl');
  const pairs = [
    ['version', status.state.index_version],
    ['memory', bytes(Number(status.memory_bytes))],
  ];
  if (!attention) {
    const rows = Number(spec.num_rows);
    const queries = value('mongoose_queries_total');
    pairs.push(
        ['rows set', percent(Number(status.rows_set) / rows),
          Number(status.rows_set) < rows ? 'bad' : ''],
        ['staleness', percent(status.state.staleness)],
        ['recall@10', Number(status.recall_samples) ? status.recall_at_10.toFixed(3) : 'no probe yet'],
        ['candidates a query', queries ? count(value('mongoose_candidates_total') / queries) : '–'],
        ['snapshot age', age(value('mongoose_index_snapshot_age_seconds'))],
        ['rebuilds + partial', `${status.rebuilds} + ${status.partial_rehashes}`],
        ['failed rebuilds', status.failed_rebuilds, Number(status.failed_rebuilds) ? 'bad' : '']);
  }
  const learning = status.learning || {};
  pairs.push(['learned: adopted, refused', `${learning.adopted}, ${learning.refused}`]);
  fillList(list, pairs);
  card.append(title, list);
  if (status.last_action) {
    card.append(node('p', `Last decision: ${status.last_action}. ${status.last_reason}`, 'faint'));
  }
  if (learning.last_verdict) {
    card.append(node('p', `Last verdict: ${learning.last_verdict}`, 'faint'));
  }
  return card;
}

// --- the loop ----------------------------------------------------------------

const rateChart = new Chart('Queries and row changes a second', '/s', ['queries', 'row changes']);
const latencyChart = new Chart('Latency of query calls, ms', 'ms', ['p50', 'p99']);
const staleChart = new Chart('Staleness of the stalest index, %', '%', ['staleness']);
let last = null;

function showReading(now, families, status) {
  const total = (name) => sum(families, name);
  const reading = {
    time: now,
    queries: total('mongoose_queries_total'),
    rows: total('mongoose_update_rows_total'),
    errors: sum(families, 'grpc_server_handled_total', (l) => l.grpc_code !== 'OK'),
    buckets: latencyBuckets(families),
  };
  // A restart or a deleted index takes counters back.
  const rate = (key) => (last === null || reading[key] < last[key] ? 0
    : (reading[key] - last[key]) / (now - last.time));
  const p50 = quantile(.5, reading.buckets, last ? last.buckets : new Map());
  const p99 = quantile(.99, reading.buckets, last ? last.buckets : new Map());
  const stalest = Math.max(0, ...(families.get('mongoose_index_staleness_ratio') || [])
      .map((s) => s.value));
  const resident = total('process_resident_memory_bytes');
  const limit = sum(families, 'mongoose_memory_limit_bytes', (l) => l.scope === 'process');
  fillList(element('figures'), [
    ['indexes', String(status.indexes.length)],
    ['queries a second', count(rate('queries'))],
    ['row changes a second', count(rate('rows'))],
    ['query latency p50', millis(p50)],
    ['query latency p99', millis(p99)],
    ['failed calls a second', count(rate('errors')), rate('errors') > 0 ? 'bad' : ''],
    ['calls waiting', String(total('mongoose_queue_length'))],
    ['memory', `${bytes(resident)} of ${bytes(limit)}`, resident > .9 * limit ? 'bad' : ''],
    ['up', age(now - total('process_start_time_seconds'))],
  ]);
  if (last !== null) {
    rateChart.add(now, [rate('queries'), rate('rows')]);
    latencyChart.add(now, [p50, p99].map((v) => (v === null ? null : 1e3 * v)));
  }
  staleChart.add(now, [100 * stalest]);
  last = reading;
}

async function refresh() {
  const state = element('state');
  try {
    const [metrics, json] = await Promise.all([fetch('metrics'), fetch('status.json')]);
    if (!metrics.ok || !json.ok) throw new Error(`HTTP ${metrics.status}, ${json.status}`);
    const families = parseMetrics(await metrics.text());
    const status = await json.json();
    showReading(Date.now() / 1e3, families, status);
    element('version').textContent = status.version;
    element('none').hidden = status.indexes.length > 0;
    element('indexes').replaceChildren(
        ...status.indexes.map((index) => describeIndex(index, families)));
    state.textContent = status.ready ? 'ready' : 'draining: new calls are refused';
    state.className = status.ready ? 'good' : 'bad';
  } catch (error) {
    state.textContent = `no answer from the server (${error.message}); trying again`;
    state.className = 'bad';
  }
  setTimeout(refresh, 1e3 * PERIOD_SECONDS);
}

refresh();
