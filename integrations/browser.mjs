// The example sites as the generators have built them, in a browser: both widgets of each page run, take the page's theme, and
// survive what a generator does with its pages. `cargo xtask integrations` runs it: SITES is the folder of the sites,
// MILLRACE_SITE the built site of Millrace, which stands for the host that the examples name.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { launch, site as millrace } from '../tests/browser/page.js';

const HOST = 'https://millrace.example/';
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.mjs': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.svg': 'image/svg+xml' };
const sites = process.env.SITES;
const is_built = (name) => ({ skip: existsSync(join(sites, name)) ? false : 'not built' });

let browser;
let server;
before(async () => {
  browser = await launch();
  server = createServer(async ({ url }, answer) => {
    const path = decodeURIComponent(new URL(url, HOST).pathname);
    try {
      const file = join(sites, path.endsWith('/') ? `${path}index.html` : path);
      const bytes = await readFile(file);
      answer.setHeader('Content-Type', `${TYPES[extname(file)] ?? 'application/octet-stream'}; charset=utf-8`);
      answer.end(bytes);
    } catch {
      answer.statusCode = 404;
      answer.end();
    }
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
});
after(async () => {
  await browser?.close();
  server?.close();
});

/** Waits, for two minutes, until `read` gives what is wanted. */
async function shows(read, wanted) {
  const end = Date.now() + 120_000;
  for (let last; ; await new Promise((done) => setTimeout(done, 200))) {
    last = await read();
    if (last === wanted) return;
    if (Date.now() > end) assert.equal(last, wanted);
  }
}

/** A page of a site; what it asks of the host is asked of the built site. */
async function visit(path, { init = '' } = {}) {
  const context = await browser.newContext({ viewport: { width: 1300, height: 3200 } });
  await context.route(`${HOST}**`, async (route) => {
    const answer = await context.request.get(route.request().url().replace(HOST, millrace));
    await route.fulfill({ response: answer });
  });
  // Each site at a root of its own, as its pages expect it.
  await context.route('https://*.docs.example/**', async (route) => {
    const { hostname, pathname } = new URL(route.request().url());
    const answer = await context.request.get(`http://127.0.0.1:${server.address().port}/${hostname.split('.')[0]}${pathname}`);
    await route.fulfill({ response: answer });
  });
  await context.addInitScript(`if (window === top) { window.events = []; for (const name of ['ready', 'error']) addEventListener('millrace-' + name, ({ target, detail }) => events.push({ name, of: target.getAttribute('lesson') ?? 'own', ...detail })); }`);
  if (init) await context.addInitScript(init);
  const page = await context.newPage();
  page.complaints = [];
  // A theme whose own scripts come from elsewhere may complain where there is no network.
  page.on('pageerror', (error) => { if (error.stack.includes(HOST)) page.complaints.push(error.stack); });
  await page.goto(`https://${path.replace('/', '.docs.example/')}`);
  return page;
}

const run = (page, ...wanted) => shows(() => page.evaluate(() => window.events.map(({ name, of }) => `${name} ${of}`).sort().join()), wanted.map((of) => `ready ${of}`).sort().join());
/** The theme in the frame of the first widget. */
const theme = async (page) => {
  const frame = await (await page.evaluateHandle(() => document.querySelector('millrace-embed').shadowRoot.querySelector('iframe'))).asElement().contentFrame();
  return frame.evaluate(() => document.documentElement.dataset.theme);
};

for (const [name, path, dark] of [
  ['mdbook', 'mdbook/', () => { document.documentElement.classList.remove('light'); document.documentElement.classList.add('navy'); }],
  ['mkdocs', 'mkdocs/', undefined],
  ['material', 'material/', () => document.body.setAttribute('data-md-color-scheme', 'slate')],
  ['sphinx', 'sphinx/', () => { document.documentElement.dataset.theme = 'dark'; }],
  ['antora', 'antora/example/1.0/', undefined],
  ['docusaurus', 'docusaurus/', () => { document.documentElement.dataset.theme = 'dark'; }],
]) {
  test(`${name}: both widgets run`, is_built(name), async () => {
    const page = await visit(path);
    const also = await page.locator('millrace-embed[lesson=L03]').count() ? ['L03'] : [];
    await run(page, 'L16', 'own', ...also);
    if (dark) {
      await page.evaluate(dark);
      await shows(() => theme(page), 'dark');
    }
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}

/** Goes on by a link of the site itself, without loading a page, and back. */
async function there_and_back(path, link, home) {
  const page = await visit(path);
  await run(page, 'L16', 'own');
  await page.evaluate(() => { window.is_the_same = true; window.events = []; });
  await page.locator(link).first().click();
  await run(page, 'L03');
  assert.equal(await page.locator('millrace-embed').count(), 1, 'what was there has gone');
  await page.evaluate(() => { window.events = []; });
  await page.locator(home).first().click();
  await run(page, 'L16', 'own');
  assert.equal(await page.evaluate(() => window.is_the_same), true, 'no page was loaded');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
}

test('material: instant navigation takes widgets away and brings them', is_built('material'), () => there_and_back('material/', 'a[href$="another/"]', 'a.md-logo'));

test('docusaurus: its router does the same', is_built('docusaurus'), () => there_and_back('docusaurus/', 'a[href$="/another"]', '.navbar__brand'));

test('reveal.js: the widgets of a deck run on their slides', is_built('reveal-deck'), async () => {
  const page = await visit('reveal-deck/');
  await page.setViewportSize({ width: 1100, height: 700 });
  await page.locator('.reveal.ready').waitFor();
  const one = page.locator('section.present millrace-embed');
  assert.equal(await one.getAttribute('lesson'), 'L16');
  await shows(() => page.evaluate(() => window.events.some(({ name, of }) => name === 'ready' && of === 'L16')), true);
  await page.keyboard.press('ArrowRight');
  await shows(() => page.evaluate(() => window.events.some(({ name, of }) => name === 'ready' && of === 'own')), true);
  const fits = async () => {
    const { width, height, y } = await one.boundingBox();
    return width > 300 && height > 100 && y + height <= 700;
  };
  await shows(fits, true);
  assert.match(await one.evaluate((widget) => widget.getState('history')), /produce orders alice 1/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
