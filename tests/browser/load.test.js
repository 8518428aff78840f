// The built site loads below a sub-path, quietly, under its policy, and is
// accessible in both themes and at the three sizes.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { launch, open, site, url } from './page.js';

const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const sizes = [[1440, 900], [1024, 768], [390, 844]];

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

test('the page mounts below a sub-path without a complaint', async () => {
  assert.match(new URL(site).pathname, /^\/.+\/$/, 'the server has a sub-path');
  const page = await open(browser);
  assert.equal(await page.locator('h1').innerText(), 'millrace');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('nothing but the site itself is asked for anything', async () => {
  const page = await open(browser);
  const origins = await page.evaluate(() => performance.getEntriesByType('resource').map((entry) => entry.name));
  assert.ok(origins.some((name) => name.endsWith('_first.lzma')), 'the module was loaded');
  assert.deepEqual(origins.filter((name) => !name.startsWith(site)), []);
  await page.context().close();
});

/** How the second half of the module was asked for, if it was. */
const rest = (page) => page.evaluate(() => performance.getEntriesByType('resource')
  .filter((entry) => entry.name.endsWith('_rest.wasm')).map((entry) => entry.initiatorType));

test('a first visit runs on half of the module; the first sign of use fetches the other', async () => {
  // Asking the module by one of its functions might itself fetch the other half.
  const init = "addEventListener('TrunkApplicationStarted', (event) => { window.module = event.detail.wasm; });";
  const page = await open(browser, { init });
  const moment = () => page.locator('.stage').first().innerHTML();
  const before = await moment();
  await page.waitForFunction((was) => document.querySelector('.stage').innerHTML !== was, before);
  assert.deepEqual(await rest(page), []);
  await page.evaluate(() => dispatchEvent(new Event('pointermove')));
  await page.waitForFunction(() => window.module.rest_is_there.value === 1);
  assert.deepEqual(await rest(page), ['fetch']);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('what is called before the other half has come waits for it', async () => {
  const page = await open(browser);
  // A click that no pointer announced.
  await page.evaluate(() => document.querySelector('.menu summary').click());
  await page.locator('.menu-item').first().waitFor();
  assert.deepEqual(await rest(page), ['xmlhttprequest']);
  await page.context().close();
});

test('who comes back has both halves before the page begins', async () => {
  const page = await open(browser, { hash: '#run=bmV0d29yayBsYXRlbmN5IDEwbXMK' });
  assert.deepEqual(await rest(page), ['fetch']);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('the policy stops a script that is not ours', async () => {
  const page = await open(browser);
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'window.smuggled = true';
    document.body.append(script);
  });
  assert.equal(await page.evaluate(() => window.smuggled), undefined);
  assert.equal(page.complaints.length, 1);
  assert.match(page.complaints[0], /Content Security Policy/);
  await page.context().close();
});

for (const colorScheme of ['light', 'dark']) {
  for (const [width, height] of sizes) {
    test(`axe finds nothing at ${width}×${height}, ${colorScheme}`, async () => {
      const page = await open(browser, { init: axe, colorScheme, viewport: { width, height } });
      const found = await page.evaluate(() => window.axe.run());
      const violations = found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
      assert.deepEqual(violations, []);
      assert.ok(found.passes.length > 0, 'axe looked at something');
      await page.context().close();
    });
  }
}
