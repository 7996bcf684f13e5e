// Looks at the status page in Chromium, wide and on a phone, and draws a preview
// of the Grafana dashboards from the same Prometheus; writes pictures of both.
//   usage: PLAYWRIGHT=<package> node page.mjs SERVER PROMETHEUS FOLDER
import {readdirSync, readFileSync} from 'node:fs';
import {createRequire} from 'node:module';

const [server, prometheus, folder] = process.argv.slice(2);
const {chromium} = createRequire(import.meta.url)(process.env.PLAYWRIGHT);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args: ['--no-sandbox']});
const problems = [];

async function open(url, viewport, scheme) {
  const page = await browser.newPage({viewport, colorScheme: scheme});
  page.on('console', (m) => m.type() === 'error' && problems.push(`${url}: ${m.text()}`));
  page.on('pageerror', (error) => problems.push(`${url}: ${error}`));
  page.on('response', (r) => r.status() >= 400 && problems.push(`${r.url()}: ${r.status()}`));
  await page.goto(url);
  return page;
}

function expect(condition, text) {
  if (!condition) problems.push(text);
}

async function checkStatusPage(name, viewport, scheme) {
  const page = await open(`${server}/`, viewport, scheme);
  await page.locator('#state.good').waitFor({timeout: 10000});
  await page.locator('article').first().waitFor({timeout: 10000});
  await page.waitForTimeout(12000);  // some points for the charts
  const seen = await page.evaluate(() => ({
    figures: [...document.querySelectorAll('#figures div')].map((d) => d.innerText),
    cards: [...document.querySelectorAll('article')].map((a) => a.innerText),
    charts: document.querySelectorAll('#charts canvas').length,
    drawn: [...document.querySelectorAll('#charts canvas')].filter((c) => c.getContext('2d')
        .getImageData(0, 0, c.width, c.height).data.some((v, i) => i % 4 === 3 && v > 200)).length,
    overflow: document.documentElement.scrollWidth - window.innerWidth,
  }));
  expect(seen.charts === 3 && seen.drawn === 3, `${name}: ${seen.drawn} of 3 charts are drawn`);
  expect(seen.overflow <= 0, `${name}: ${seen.overflow} pixels too wide`);
  expect(seen.cards.some((card) => /recall@10/.test(card) && /version/.test(card)),
      `${name}: no index card: ${seen.cards}`);
  const rate = seen.figures.find((f) => f.includes('queries a second')) || '';
  expect(/[1-9]/.test(rate), `${name}: no queries a second: ${rate}`);
  await page.screenshot({path: `${folder}/status-${name}.png`, fullPage: true});
  await page.close();
}

const now = Math.floor(Date.now() / 1e3);  // one clock for all series of a panel
async function history(expression) {
  const expr = expression.replaceAll('$__rate_interval', '30s')
      .replaceAll('$instance', '.*').replaceAll('$index', '.*');
  const fields = new URLSearchParams({query: expr, start: now - 300, end: now, step: 5});
  const answer = await (await fetch(`${prometheus}/api/v1/query_range?${fields}`)).json();
  return answer.data.result;
}

function legend(format, labels) {
  return format.replace(/\{\{(\w+)\}\}/g, (_, name) => labels[name] || '');
}

// A dashboard's panels with their titles, drawn by uPlot.
async function preview(file) {
  const board = JSON.parse(readFileSync(`deploy/grafana/dashboards/${file}`, 'utf8'));
  const panels = [];
  for (const {type, title, targets, gridPos} of board.panels) {
    const lines = [];
    for (const target of targets || []) {
      for (const {metric, values} of await history(target.expr)) {
        lines.push({label: legend(target.legendFormat, metric),
          points: values.map(([time, value]) => [time, Number(value)])});
      }
    }
    expect(type === 'row' || lines.length > 0, `${board.title}: ${title}: nothing to draw`);
    panels.push({type, title, gridPos, lines});
  }
  const page = await browser.newPage({viewport: {width: 1400, height: 900}});
  await page.setContent(`<style>${readFileSync('server/status_page/uplot/uPlot.min.css', 'utf8')}
    body { font: 13px system-ui; display: grid; gap: 4px; margin: 8px;
           grid-template-columns: repeat(24, 1fr); grid-auto-rows: 24px; }
    section { border: 1px solid #ddd; padding: 4px; overflow: hidden; }
    .row { border: 0; font-weight: bold; } .stat { font-size: 22px; } .u-legend { display: none; }
    </style>`);
  await page.addScriptTag({path: 'server/status_page/uplot/uPlot.iife.min.js'});
  await page.evaluate((shown) => {
    for (const {type, title, gridPos: at, lines} of shown) {
      const box = document.createElement('section');
      box.className = type;
      box.style.gridArea = `${at.y + 1} / ${at.x + 1} / span ${at.h} / span ${at.w}`;
      box.append(title);
      document.body.append(box);
      if (type === 'stat') box.append(`: ${lines[0].points.at(-1)[1].toPrecision(3)}`);
      if (type !== 'timeseries') continue;
      const times = [...new Set(lines.flatMap((l) => l.points.map((p) => p[0])))].sort();
      const rows = lines.map((l) => {
        const known = new Map(l.points);
        return times.map((t) => (Number.isFinite(known.get(t)) ? known.get(t) : null));
      });
      new uPlot({width: box.clientWidth - 8, height: box.clientHeight - 30,
        series: [{}, ...lines.map((l, i) => (
          {label: l.label, stroke: `hsl(${i * 67} 70% 45%)`}))]}, [times, ...rows], box);
    }
  }, panels);
  await page.screenshot({path: `${folder}/${file.replace('.json', '.png')}`, fullPage: true});
  await page.close();
}

try {
  await checkStatusPage('wide', {width: 1200, height: 900}, 'light');
  await checkStatusPage('phone', {width: 390, height: 844}, 'dark');
  for (const file of readdirSync('deploy/grafana/dashboards')) await preview(file);
} finally {
  await browser.close();
}
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log('  status page: wide and phone; dashboards: drawn');
