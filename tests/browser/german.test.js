// The page in German: nothing overflows, everything is said in it, the switch keeps what was done.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { GROUP, begin, keys, later, produce, shows } from './hands.js';
import { launch, open } from './page.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const german = { locale: 'de-DE', reducedMotion: 'reduce' };
const lang = (page) => page.evaluate(() => document.documentElement.lang);

/** What sticks out of the page, or has its text cut off without an ellipsis that says so. */
function overflowing() {
  const out = [];
  const scrolls = (element) => ['auto', 'scroll'].includes(getComputedStyle(element).overflowX);
  for (const element of document.querySelectorAll('button, summary, label, h1, h2, h3, p, li, dt, dd, output, .row')) {
    const box = element.getBoundingClientRect();
    if (box.width < 2 || element.closest('.visually-hidden, svg, [hidden]')) continue;
    const style = getComputedStyle(element);
    const is_cut = element.scrollWidth > element.clientWidth + 1 && style.display !== 'inline'
      && style.textOverflow !== 'ellipsis' && !scrolls(element);
    let around = element.parentElement;
    while (around && !scrolls(around)) around = around.parentElement;
    if (is_cut || (!around && box.right > innerWidth + 1)) out.push(`${element.className || element.tagName}: ${element.textContent.trim().slice(0, 60)}`);
  }
  if (document.documentElement.scrollWidth > innerWidth) out.push(`the page is ${document.documentElement.scrollWidth} wide`);
  return out;
}

for (const width of [390, 1024, 1440]) {
  test(`nothing overflows in German at ${width}, and axe finds nothing`, async () => {
    const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
    const page = await open(browser, { ...german, init: axe, viewport: { width, height: 844 } });
    assert.equal(await lang(page), 'de');
    const sheets = width > 640 ? [null] : ['Bühne', 'Tun', 'Warum', 'Log'];
    for (const sheet of sheets) {
      if (sheet) await page.getByRole('navigation', { name: 'Ansichten' }).getByRole('button', { name: sheet }).click();
      assert.deepEqual(await page.evaluate(overflowing), [], sheet ?? 'the page');
    }
    const found = await page.evaluate(() => window.axe.run());
    assert.deepEqual(found.violations.map((one) => `${one.id}: ${one.nodes[0].html}`), []);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}

test('the address chooses a language, else what the browser prefers', async () => {
  for (const [hash, locale, want] of [['?lang=de', 'en-US', 'de'], ['?lang=en', 'de-DE', 'en'], ['', 'fr-FR', 'en']]) {
    const page = await open(browser, { locale, hash });
    assert.equal(await lang(page), want);
    await page.getByRole('button', { name: want === 'de' ? 'Produzieren' : 'Produce', exact: true }).waitFor();
    await page.context().close();
  }
});

test('the switch changes the language and keeps what was done', async () => {
  const page = await begin(browser, GROUP);
  await produce(page, 'carol', '1');
  await later(page, () => keys(page), ['carol']);
  for (const [name, want] of [['Deutsch', 'de'], ['English', 'en']]) {
    await Promise.all([
      page.waitForEvent('load'),
      page.getByRole('button', { name }).click(),
    ]);
    await page.locator('#boot').waitFor({ state: 'detached' });
    assert.equal(await lang(page), want);
    await shows(() => keys(page), ['carol']);
  }
  await page.context().close();
});
