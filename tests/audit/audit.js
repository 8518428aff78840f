// Lighthouse with its mobile emulation over the built site; called by `cargo xtask audit` with one argument of JSON:
// { dist, pages, runs, least }. A page is looked at so many times, each time by a browser that knows nothing, and the run
// with the middle score for speed counts. Prints the scores and whatever kept one of them down, and fails below the least.

import { createServer } from 'node:http';
import { readFile, stat } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { launch } from 'chrome-launcher';
import lighthouse from 'lighthouse';

const wish = JSON.parse(process.argv[2]);
const types = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml', '.txt': 'text/plain; charset=utf-8', '.md': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json', '.wasm': 'application/wasm', '.png': 'image/png', '.webp': 'image/webp',
};
const mount = '/some/path/';

/** As static hosts do it: texts and modules packed by gzip, and kept for ten minutes. */
const server = createServer(async (request, response) => {
  const path = normalize(decodeURIComponent(request.url.split('?')[0]));
  let file = join(wish.dist, path.slice(mount.length));
  if (path.endsWith('/')) file = join(file, 'index.html');
  if (!path.startsWith(mount) || !(await stat(file).catch(() => undefined))?.isFile()) {
    response.writeHead(404).end();
    return;
  }
  const type = types[extname(file)] ?? 'application/octet-stream';
  const head = { 'Content-Type': type, 'Cache-Control': 'max-age=600', 'Access-Control-Allow-Origin': '*' };
  let body = await readFile(file);
  if (/^text|javascript|json|svg|wasm/.test(type)) {
    body = await promisify(gzip)(body, { level: 9 });
    head['Content-Encoding'] = 'gzip';
  }
  response.writeHead(200, head).end(body);
});
await new Promise((done) => server.listen(0, '127.0.0.1', done));
const site = `http://127.0.0.1:${server.address().port}${mount}`;

const flags = ['--headless=new', '--disable-component-update', '--disable-background-networking'];
// Chromium refuses its sandbox to root, as in most containers.
if (process.getuid?.() === 0) flags.push('--no-sandbox');
/** One look at a page. */
async function look(page) {
  const chrome = await launch({ chromePath: process.env.MILLRACE_CHROMIUM, chromeFlags: flags });
  try {
    const { lhr } = await lighthouse(site + page, { port: chrome.port, onlyCategories: names, logLevel: 'error' });
    if (lhr.runtimeError) throw new Error(`${page}: ${lhr.runtimeError.message}`);
    return lhr;
  } finally {
    chrome.kill();
  }
}

const low = [];
const names = Object.keys(wish.least);
console.log(['page'.padEnd(18), ...names.map((name) => name.padStart(15)), 'first paint', 'largest', 'blocked', 'shift'].join('  '));
try {
  for (const page of wish.pages) {
    const looks = [];
    while (looks.length < wish.runs) looks.push(await look(page));
    looks.sort((one, other) => one.categories.performance.score - other.categories.performance.score);
    const lhr = looks[Math.floor(looks.length / 2)];
    const score = (name) => Math.round(lhr.categories[name].score * 100);
    const shown = ['first-contentful-paint', 'largest-contentful-paint', 'total-blocking-time', 'cumulative-layout-shift'];
    const row = [(page || '(landing)').padEnd(18), ...names.map((name) => String(score(name)).padStart(15))];
    console.log([...row, ...shown.map((id) => lhr.audits[id].displayValue)].join('  '));
    for (const name of names) {
      if (score(name) >= wish.least[name]) continue;
      low.push(`${page || '(landing)'}: ${name} ${score(name)} of ${wish.least[name]}`);
      for (const { id, weight } of lhr.categories[name].auditRefs) {
        const audit = lhr.audits[id];
        if (weight === 0 || audit.score === null || audit.score >= 0.9) continue;
        low.push(`  ${id}: ${audit.displayValue ?? audit.title}`);
        for (const item of (audit.details?.items ?? []).slice(0, 5)) {
          const at = item.node?.snippet ?? item.description ?? item.url ?? item.sourceLocation?.url;
          if (at) low.push(`    ${at}`);
        }
      }
    }
    if (process.env.MILLRACE_AUDIT_ALL) {
      for (const audit of Object.values(lhr.audits)) {
        if (audit.score !== null && audit.score < 0.9) console.log(`    ${audit.id} ${audit.score} ${audit.displayValue ?? ''}`);
      }
      console.log(`    machine: ${lhr.environment.benchmarkIndex}`);
    }
  }
} finally {
  server.close();
}
for (const line of low) console.error(line);
process.exitCode = low.length === 0 ? 0 : 1;
