// The page of all widgets, and the dialog that makes one of what is on stage.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { GROUP, begin } from './hands.js';
import { launch, open, site } from './page.js';

const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

for (const [width, colorScheme, path, other] of [[1440, 'light', 'gallery/', 'de'], [390, 'dark', 'de/gallery/', 'en']]) {
  test(`${path} shows each widget with its snippet, ${width} px, ${colorScheme}`, async () => {
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
    await context.addInitScript({ content: axe });
    const page = await context.newPage();
    const complaints = [];
    page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
    await page.goto(new URL(path, site).href);
    await page.waitForFunction(() => document.querySelector('millrace-embed').shadowRoot?.querySelector('.live'), undefined, { timeout: 60_000 });
    const widgets = await page.locator('article').count();
    assert.ok(widgets >= 9);
    assert.equal(await page.locator('.copyable pre').count(), widgets);
    assert.match(await page.locator('.copyable pre').first().textContent(), /^<script type="module" src="http.*\/embed\/v1\/embed\.js"><\/script>\n<millrace-embed lesson="L03" view="lesson"><\/millrace-embed> <!-- MIT OR Apache-2.0 -->$/);
    await page.locator('.pin input').check();
    const pinned = await page.locator('.copyable pre').first().textContent();
    assert.match(pinned, /^<script type="module" src="http.*\/embed\/v\d+\.\d+\.\d+-[0-9a-f]{8}\/embed\.js" integrity="sha384-[\w+/]{64}" crossorigin><\/script>\n<millrace-embed lesson="L03"/);
    assert.equal(await page.locator('.pinned-tag').textContent(), pinned.split('\n')[0]);
    assert.equal(await page.locator('.bar .other').getAttribute('lang'), other);
    const found = await page.evaluate(() => window.axe.run({ iframes: false }));
    assert.deepEqual(found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`), []);
    assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
    assert.deepEqual(complaints, []);
    await context.close();
  });
}

test('what is on stage becomes a snippet, with the widget itself beside it', async () => {
  const page = await begin(browser, GROUP);
  await page.locator('summary').filter({ hasText: 'File' }).click();
  await page.locator('.menu-item').filter({ hasText: 'Embed this' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('controls').selectOption('minimal');
  const snippet = await dialog.locator('pre').textContent();
  assert.match(snippet, /<millrace-embed controls="minimal"><script type="text\/plain">\nmillrace 1/);
  await page.waitForFunction(() => document.querySelector('dialog millrace-embed')?.shadowRoot?.querySelector('.live'), undefined, { timeout: 60_000 });
  const hash = await page.evaluate(() => document.querySelector('dialog millrace-embed').getState('hash'));
  assert.equal(hash, await page.locator('[data-hash]').getAttribute('data-hash'), 'the same world');
  await page.context().close();
});

test('of a lesson that is open either the lesson becomes a widget, or what is on stage', async () => {
  const page = await open(browser, { hash: '#lesson=L03' });
  await page.locator('.lesson h2').filter({ hasText: 'The key decides' }).waitFor();
  await page.locator('summary').filter({ hasText: 'File' }).click();
  await page.locator('.menu-item').filter({ hasText: 'Embed this' }).click();
  const dialog = page.getByRole('dialog');
  const snippet = () => dialog.locator('pre').textContent();
  const views = () => dialog.getByLabel('view').locator('option').allTextContents();
  assert.match(await snippet(), /<millrace-embed lesson="L03" view="lesson"><a href="http.*\/l\/L03\/">Run lesson L03 in the browser<\/a><\/millrace-embed>/);
  assert.ok((await views()).includes('lesson'));
  await dialog.getByLabel('loader').selectOption('pinned');
  assert.match(await snippet(), /^<script type="module" src="http.*\/embed\/v[\d.]+-[0-9a-f]{8}\/embed\.js" integrity="sha384-/);
  await page.waitForFunction(() => document.querySelector('dialog millrace-embed')?.shadowRoot?.querySelector('.live'), undefined, { timeout: 60_000 });

  await dialog.getByLabel('content').selectOption('stage');
  assert.match(await snippet(), /<millrace-embed><script type="text\/plain">\nmillrace 1/);
  assert.ok(!(await views()).includes('lesson'), 'a stage has no lesson to show');
  await page.context().close();
});
