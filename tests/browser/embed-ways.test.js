// Other ways to a widget: pinned to a version, in one file from a disk, and in a narrow column of a wide page.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { shows } from './hands.js';
import { launch, site } from './page.js';

let browser;
let server;
let folder;
let body = '';
before(async () => {
  browser = await launch();
  folder = await mkdtemp(join(tmpdir(), 'millrace-docs-'));
  server = createServer((_, answer) => {
    answer.setHeader('Content-Type', 'text/html; charset=utf-8');
    answer.end(`<!doctype html><html lang="en"><head><title>docs</title></head><body><main><h1>Docs</h1>${body}</main></body></html>`);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
});
after(async () => {
  await browser?.close();
  server?.close();
  if (folder) await rm(folder, { recursive: true });
});

/** A page at an address, with its complaints and its widgets' events. */
async function visit(address, options) {
  const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...options });
  const page = await context.newPage();
  page.complaints = [];
  page.asked = [];
  page.on('request', (request) => page.asked.push(request.url()));
  page.on('pageerror', (error) => page.complaints.push(error.message));
  page.on('console', (message) => { if (message.type() === 'error') page.complaints.push(message.text()); });
  await context.addInitScript(() => {
    if (window !== top) return;
    window.events = [];
    for (const name of ['ready', 'check', 'error']) addEventListener(`millrace-${name}`, ({ detail }) => window.events.push({ name, ...detail }));
  });
  await page.goto(address);
  return page;
}
const host = (text, options) => {
  body = text;
  return visit(`http://127.0.0.1:${server.address().port}/`, options);
};
const ready = (page, count = 1) => page.waitForFunction((count) => window.events.filter(({ name }) => name === 'ready').length >= count, count, { timeout: 120_000 });
const inside = (page, selector) => page.evaluate((selector) => {
  const found = document.querySelector('millrace-embed').shadowRoot.querySelector(selector);
  return found && { width: found.getBoundingClientRect().width, wraps: getComputedStyle(found).flexWrap, overflows: found.scrollWidth > found.clientWidth };
}, selector);

test('a loader under its number runs with its checksum, and not with another', async () => {
  const [path, integrity] = (await (await fetch(new URL('embed/v1/loader.txt', site))).text()).trim().split('\n');
  assert.match(path, /^v\d+\.\d+\.\d+-[0-9a-f]{8}\/embed\.js$/);
  const tag = (integrity) => `<script type="module" src="${new URL(`embed/${path}`, site)}" integrity="${integrity}" crossorigin></script><millrace-embed scenario="keys" loading="eager"></millrace-embed>`;
  const page = await host(tag(integrity));
  await ready(page);
  assert.match(page.asked.find((address) => address.includes('frame.html')), new RegExp(path.split('/')[0]), 'all of it is of that version');
  assert.deepEqual(page.complaints, []);
  await page.context().close();

  const refused = await host(tag(integrity.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))));
  await shows(() => refused.complaints.some((text) => /integrity/.test(text)), true);
  assert.equal(await refused.evaluate(() => !!customElements.get('millrace-embed')), false);
  await refused.context().close();
});

test('in one file it runs on a page that is opened from a disk, lessons and all', async () => {
  const single = await (await fetch(new URL('embed/v1/single.js', site))).text();
  await writeFile(join(folder, 'single.js'), single);
  const page_of = (widget) => `<!doctype html><html lang="en"><title>docs</title><script src="single.js" data-site="https://docs.example/m/"></script><main>${widget}</main></html>`;
  await writeFile(join(folder, 'keys.html'), page_of('<millrace-embed scenario="keys"></millrace-embed>'));
  await writeFile(join(folder, 'lesson.html'), page_of('<millrace-embed lesson="L03" view="lesson"></millrace-embed>'));

  const page = await visit(pathToFileURL(join(folder, 'keys.html')).href);
  await ready(page);
  const widget = (call, ...what) => page.evaluate(([call, what]) => document.querySelector('millrace-embed')[call](...what), [call, what]);
  await widget('exec', 'produce orders zoe 1');
  assert.match(await widget('getState', 'history'), /zoe/);
  assert.match(await widget('shareUrl'), /^https:\/\/docs\.example\/m\/play\/#run=/);
  assert.equal((await inside(page, '.room')).overflows, false);
  assert.deepEqual(page.asked.filter((address) => !address.startsWith('file:')), [], 'nothing is asked of a network');
  assert.deepEqual(page.complaints, []);
  await page.context().close();

  const lesson = await visit(pathToFileURL(join(folder, 'lesson.html')).href);
  await ready(lesson);
  await shows(() => lesson.evaluate(() => document.querySelector('millrace-embed').shadowRoot.querySelector('.lesson-head h2')?.textContent ?? ''), 'The key decides');
  assert.deepEqual(lesson.complaints, []);
  await lesson.context().close();
});

test('in a narrow column of a wide page it is laid out for the column', async () => {
  const widget = (width) => `<script type="module" src="${new URL('embed/v1/embed.js', site)}"></script><div style="width:${width}px"><millrace-embed scenario="keys" mode="page" loading="eager"></millrace-embed></div>`;
  const narrow = await host(widget(360));
  await ready(narrow);
  assert.equal((await inside(narrow, '.bar')).wraps, 'wrap');
  assert.ok(await inside(narrow, '.phone'), 'the stage is a list');
  assert.equal((await inside(narrow, '.widget')).overflows, false);
  assert.ok((await inside(narrow, '.widget')).width <= 360);
  await narrow.context().close();

  const wide = await host(widget(900));
  await ready(wide);
  assert.equal((await inside(wide, '.bar')).wraps, 'nowrap');
  assert.equal(await inside(wide, '.phone'), null);
  await wide.context().close();
});
