// With a finger, and for whoever wants things to stand still.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { GROUP, begin, produce, run_of, shows } from './hands.js';
import { launch, open } from './page.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const FINGER = 44;
const touch = (width, height) => ({ viewport: { width, height }, hasTouch: true, isMobile: true });

/** Everything that can be hit and is smaller than a finger, with what belongs to it. */
const too_small = (page) => page.evaluate((finger) => {
  const small = new Map();
  for (const element of document.querySelectorAll('button, summary, a[href], input, select, textarea, [role=button], [role=slider], label.check')) {
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    if (!box.width || style.visibility === 'hidden' || style.pointerEvents === 'none' || element.matches('.skip, .check input')) continue;
    // A slider's thumb is dragged along its whole row, label included; a thing on stage is hit with all that belongs to it.
    const whole = element.matches('[role=button]') ? element.closest('[data-target], [data-dot]') : element.matches('[type=range]') ? element.closest('.slider') : element;
    const { width, height } = whole.getBoundingClientRect();
    if (width < finger - 0.5 || height < finger - 0.5) {
      small.set(`${element.tagName} ${element.getAttribute('class')}`, `${element.getAttribute('aria-label') ?? element.textContent.trim().slice(0, 40)}: ${Math.round(width)}×${Math.round(height)}`);
    }
  }
  return [...small].map((one) => one.join(' · '));
}, FINGER);

for (const [width, height] of [[1180, 820], [1024, 768], [768, 1024], [390, 844]]) {
  test(`everything at ${width}×${height} can be hit with a finger`, async () => {
    const page = await open(browser, touch(width, height));
    const sheets = width <= 640 ? ['do', 'why', 'log', 'stage'] : [undefined];
    for (const sheet of sheets) {
      if (sheet) await page.locator('.tab', { hasText: sheet }).tap();
      await page.evaluate(() => document.querySelectorAll('details:not(.menu)').forEach((details) => { details.open = true; }));
      await page.locator('[data-target^="record/"]').first().waitFor({ state: 'attached' });
      assert.deepEqual(await too_small(page), [], sheet);
    }
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(sideways <= 0, `the page is ${sideways} px too wide`);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}

test('a tap on a record opens it, and neighbours are told apart', async () => {
  const page = await open(browser, touch(1024, 768));
  const cells = page.locator('#stage [data-tp="orders-0"]');
  await page.getByRole('button', { name: 'pause' }).tap();
  for (const n of [0, 1]) {
    const offset = await cells.nth(n).getAttribute('data-offset');
    await cells.nth(n).tap();
    await shows(() => page.locator('.inspected-title').textContent(), `orders · P0 · offset ${offset}`);
  }
  await page.context().close();
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing on a phone's other sheets, ${colorScheme}`, async () => {
    const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
    const page = await open(browser, { ...touch(390, 844), init: axe, colorScheme });
    await page.locator('.phone .record').first().tap();
    await page.locator('.inspected-title').waitFor();
    for (const sheet of ['why', 'do', 'log']) {
      await page.locator('.tab', { hasText: sheet }).tap();
      const found = await page.evaluate(() => window.axe.run());
      assert.deepEqual(found.violations.map(({ id, nodes }) => `${sheet}: ${id}: ${nodes.map((node) => node.html)}`), []);
    }
    await page.context().close();
  });
}

test('on a phone a record that waits has a clock that empties', async () => {
  const page = await begin(browser, GROUP, touch(390, 844));
  await page.locator('.tab', { hasText: 'do' }).tap();
  await produce(page, 'carol', '{"amount": -1}');
  await page.locator('.tab', { hasText: 'stage' }).tap();
  const waiting = page.locator('.phone .record.is-waiting');
  const next = page.getByRole('button', { name: 'step forward' });
  for (let n = 0; n < 60 && (await waiting.count()) === 0; n += 1) await next.tap();
  assert.match(await waiting.textContent(), /waiting for its next attempt, due at 12:00:\d\d/);
  const left = () => page.locator('.phone .dial').evaluate((dial) => Number(dial.style.getPropertyValue('--left')));
  const full = await left();
  assert.ok(full > 0.9 && full <= 1, `${full}`);
  await page.getByRole('button', { name: 'play' }).tap();
  await shows(async () => (await page.locator('.phone .dial').count()) === 0 || (await left()) < full - 0.1, true);
  await page.context().close();
});

test('with reduced motion nothing travels and nothing glides', async () => {
  const page = await open(browser, { hash: run_of(GROUP + 'network latency 2s\nproduce orders carol 1\nwait 5s\n'), reducedMotion: 'reduce' });
  const token = page.locator('#stage .token.is-produce');
  await token.first().waitFor({ state: 'attached' });
  const place = () => token.first().evaluate((element) => [element.getAttribute('transform'), element.getAttribute('opacity')]);
  const [before_, faint] = await place();
  await page.getByRole('button', { name: 'step forward' }).click();
  const seen = (await token.count()) > 0 ? await place() : [before_, '1'];
  assert.equal(seen[0], before_, 'it stands where it will arrive');
  assert.ok(Number(seen[1]) >= Number(faint), 'and gets clearer');
  const gliding = await page.evaluate(() =>
    [...document.querySelectorAll('*')].filter((element) => getComputedStyle(element).transitionDuration.split(', ').some((time) => parseFloat(time) > 0)).map((element) => element.getAttribute('class')));
  assert.deepEqual([...new Set(gliding)], []);
  await page.context().close();
});
