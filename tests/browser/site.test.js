// The pages beside the playground: what they say, where their links lead, that they are accessible; and the site without
// a network.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { launch, open, site } from './page.js';

const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const sizes = [[1440, 900], [1024, 768], [390, 844]];

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** A page of the site in a context of its own. */
async function visit(path, { init = '', ...options } = {}) {
  const context = await browser.newContext(options);
  if (init) await context.addInitScript({ content: init });
  await context.addInitScript('delete Navigator.prototype.serviceWorker');
  const page = await context.newPage();
  page.complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) page.complaints.push(message.text());
  });
  page.on('pageerror', (error) => page.complaints.push(error.message));
  await page.goto(site + path);
  return page;
}

test('the landing page says what it is, shows it, and leads to the playground and every lesson', async () => {
  const page = await visit('', { viewport: { width: 1440, height: 900 } });
  assert.equal(await page.locator('h1').innerText(), 'See what Kafka does, and why.');
  const main = page.locator('.hero .is-main');
  assert.equal(new URL(await main.evaluate((a) => a.href)).href, `${site}play/`);
  // What is seen without scrolling: the sentence, the way in, and the thing itself.
  for (const part of ['.hero .lead', '.hero .is-main', '.show']) {
    const { y } = await page.locator(part).first().boundingBox();
    assert.ok(y < 600, `${part} begins at ${y}`);
  }
  // The thing is whole on a laptop's first screen.
  for (const height of [900, 720]) {
    await page.setViewportSize({ width: height === 900 ? 1440 : 1280, height });
    const { y, height: own } = await page.locator('.show-frame').boundingBox();
    assert.ok(y + own <= height, `the widget ends at ${y + own} of ${height}`);
  }
  assert.equal(await page.locator('.hero .button').nth(1).evaluate((a) => a.href), `${site}play/#lesson=L01`);
  assert.ok((await page.locator('.cards a').count()) >= 20);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('each link of the pages leads to something', async () => {
  const page = await visit('');
  const seen = new Set();
  const open_ones = [site];
  while (open_ones.length > 0) {
    const from = open_ones.pop();
    if (seen.has(from)) continue;
    seen.add(from);
    const answer = await page.request.get(from);
    assert.equal(answer.status(), 200, from);
    // The pages of a lesson are alike: three of them stand for all.
    const lessons = [...seen].filter((url) => url.includes('/l/')).length;
    if (from.includes('/play/') || lessons > 3 || !(answer.headers()['content-type'] ?? '').includes('html')) continue;
    await page.goto(from);
    const links = await page.evaluate(() => [...document.links].map((a) => a.href));
    for (const link of links) {
      assert.ok(link.startsWith(site), `${from} leads to ${link}`);
      const [url, anchor] = link.split('#');
      if (anchor && !anchor.includes('=') && url === from.split('#')[0]) {
        assert.equal(await page.locator(`[id="${anchor}"]`).count(), 1, link);
      }
      if (!seen.has(url)) open_ones.push(url);
    }
  }
  assert.ok(seen.size > 20, `${seen.size} addresses`);
  await page.context().close();
});

test('a shared history that is opened at the site\'s own address goes on to the playground', async () => {
  const page = await visit('#run=bmV0d29yayBsYXRlbmN5IDEwbXMK');
  await page.waitForURL(`${site}play/**`);
  await page.context().close();
});

test('a lesson can be read without scripts', async () => {
  const page = await visit('l/L03/', { javaScriptEnabled: false });
  assert.match(await page.locator('.prose').innerText(), /murmur2/);
  assert.ok((await page.locator('.prose h2').count()) > 4);
  assert.match(await page.locator('.is-main').first().getAttribute('href'), /play\/#lesson=L03$/);
  await page.context().close();
});

test('the German pages lead to each other, to the playground in German, and back', async () => {
  const page = await visit('de/');
  assert.equal(await page.locator('html').getAttribute('lang'), 'de');
  assert.equal(await page.locator('h1').innerText(), 'Sieh, was Kafka tut, und warum.');
  await page.locator('.cards a', { hasText: 'Der Key entscheidet' }).click();
  assert.equal(page.url(), `${site}de/l/L03/`);
  assert.equal(await page.locator('.is-main').first().evaluate((a) => a.href), `${site}play/?lang=de#lesson=L03`);
  await page.locator('.other').click();
  assert.equal(page.url(), `${site}l/L03/`);
  assert.match(await page.locator('h1').innerText(), /The key decides/);
  await page.context().close();
});

test('an address that is not there finds the way back from any depth', async () => {
  const page = await visit('some/old/lesson.html');
  assert.match(await page.locator('h1:visible').innerText(), /Nothing flows here/);
  await page.waitForFunction((home) => document.links[0].href === `${home}play/`, site);
  // Below the German pages it speaks German.
  await page.goto(`${site}de/alt.html`);
  await page.locator('h1', { hasText: 'Hier fließt nichts.' }).waitFor();
  await page.waitForFunction((home) => [...document.links].some(({ href }) => href === `${home}de/`), site);
  assert.equal(await page.locator('.lost .button:visible').nth(1).evaluate((a) => a.href), `${site}de/`);
  assert.equal(await page.title(), 'Hier fließt nichts: millrace');
  await page.context().close();
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing on the pages, and nothing overflows, ${colorScheme}`, async () => {
    for (const path of ['', 'l/L03/', 'fidelity/', 'de/', 'de/l/L03/', 'de/fidelity/', '404.html']) {
      const page = await visit(path, { init: axe, colorScheme });
      for (const [width, height] of sizes) {
        await page.setViewportSize({ width, height });
        // Elements that move while axe looks at colours are neither here nor there.
        const found = await page.evaluate(async () => {
          await Promise.all(document.getAnimations().map((animation) => animation.finished.catch(() => {})));
          return window.axe.run();
        });
        const violations = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
        assert.deepEqual(violations, [], `${path} at ${width}`);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(over <= 0, `${path} at ${width} is ${over} too wide`);
      }
      await page.context().close();
    }
  });
}

test('no page beside the playground is wider than 320 pixels where there are no more, as in one that is enlarged four times', async () => {
  for (const path of ['', 'gallery/', 'e/?scenario=orders', 'l/L03/', 'fidelity/', 'de/', 'de/l/L03/', '404.html']) {
    const page = await visit(path, { viewport: { width: 320, height: 640 }, isMobile: true, hasTouch: true });
    if (path.startsWith('e/')) await page.locator('.lane-list').first().waitFor();
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320, path);
    await page.context().close();
  }
});

/** Says, in `window.kept`, when the page has heard that the whole site is kept. */
const listen = `navigator.serviceWorker?.addEventListener('message', ({ data }) => { window.kept ||= data === 'millrace-kept'; });`;

test('after one visit, the playground, lessons and pages work without a network', async () => {
  const page = await open(browser, { worker: true, init: listen });
  await page.waitForFunction(() => window.kept, undefined, { timeout: 120_000 });
  await page.context().setOffline(true);
  await page.reload();
  await page.locator('#boot').waitFor({ state: 'detached', timeout: 60_000 });
  assert.ok((await page.locator('#stage .cell').count()) > 0, 'the engine runs');
  const lesson = await page.evaluate(async () => (await fetch('../lessons/L16-retry-topics-into-the-dlq/lesson.md')).text());
  assert.match(lesson, /^id: L16$/m);
  await page.goto(`${site}l/L16/`);
  assert.match(await page.locator('.prose').innerText(), /retry/);
  assert.deepEqual(page.complaints.filter((complaint) => !complaint.includes('sw.js')), []);
  // Its widget stays the picture: a sandboxed frame has no service worker.
  await page.goto(site);
  // The thing is whole on a laptop's first screen.
  for (const height of [900, 720]) {
    await page.setViewportSize({ width: height === 900 ? 1440 : 1280, height });
    const { y, height: own } = await page.locator('.show-frame').boundingBox();
    assert.ok(y + own <= height, `the widget ends at ${y + own} of ${height}`);
  }
  assert.equal(await page.locator('.hero .button').nth(1).evaluate((a) => a.href), `${site}play/#lesson=L01`);
  assert.ok((await page.locator('.cards a').count()) >= 20);
  await page.context().close();
});

/** The site at an address of its own, whose worker and landing page another build may replace. */
async function publish() {
  let build = 1;
  const server = createServer(async (request, response) => {
    const answer = await fetch(new URL(`.${request.url}`, site));
    let body = Buffer.from(await answer.arrayBuffer());
    if (build > 1 && request.url === '/sw.js') body = Buffer.from(String(body).replace(/VERSION = '(\w+)'/, `VERSION = 'build${build}'`));
    if (build > 1 && request.url === '/') body = Buffer.from(String(body).replace('<h1>', `<h1 data-build="${build}">`));
    response.writeHead(answer.status, { 'Content-Type': answer.headers.get('content-type') });
    response.end(body);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    release: () => { build += 1; },
    close: () => server.close(),
  };
}

test('a new version is shown at once where the page is opened, announced where it is open, and never forced', async () => {
  const host = await publish();
  const context = await browser.newContext();
  await context.addInitScript(listen);
  const page = await context.newPage();
  await page.goto(host.url);
  await page.waitForFunction(() => window.kept, undefined, { timeout: 120_000 });
  assert.equal(await page.locator('.new-version').count(), 0, 'the first version replaces nothing');
  host.release();
  // No stale page: what is opened is what the network has.
  const other = await context.newPage();
  await other.goto(host.url);
  assert.equal(await other.locator('h1').getAttribute('data-build'), '2');
  // The open page is told, and stays as it is until its user says so.
  await page.evaluate(async () => {
    window.since = 'the first build';
    await (await navigator.serviceWorker.getRegistration()).update();
  });
  const word = page.locator('.new-version');
  await word.getByText('A new version is ready.').waitFor();
  assert.equal(await page.evaluate(() => window.since), 'the first build');
  assert.equal(await page.evaluate(() => document.querySelector('h1').dataset.build), undefined);
  await word.getByRole('button', { name: 'Reload' }).click();
  await page.waitForFunction(() => window.since === undefined && document.querySelector('h1')?.dataset.build === '2');
  assert.deepEqual(await page.evaluate(() => caches.keys()), ['millrace-build2']);
  await context.close();
  host.close();
});
