// The built site loads below a sub-path, quietly, under its policy, and is
// accessible in both themes and at the three sizes.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { launch, open, url } from './page.js';

const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const sizes = [[1440, 900], [1024, 768], [390, 844]];

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

test('the page mounts below a sub-path without a complaint', async () => {
  assert.match(new URL(url).pathname, /^\/.+\/$/, 'the server has a sub-path');
  const page = await open(browser);
  assert.equal(await page.locator('h1').innerText(), 'millrace');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('nothing but the site itself is asked for anything', async () => {
  const page = await open(browser);
  const origins = await page.evaluate(() => performance.getEntriesByType('resource').map((entry) => entry.name));
  assert.ok(origins.some((name) => name.endsWith('_first.lzma')), 'the module was loaded');
  assert.deepEqual(origins.filter((name) => !name.startsWith(url)), []);
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
