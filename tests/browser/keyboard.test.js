// The whole page without a pointer: every control is reached, is seen to have
// the focus, does what it is for, and lets go again.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GROUP, WINDOWS, bar, begin, later, shows, step } from './hands.js';
import { launch, open } from './page.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** Who has the focus: a number that stays with the element, its name, and whether the focus is seen. */
const focused = (page) => page.evaluate(() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  window.walked ??= new Map();
  if (!window.walked.has(element)) window.walked.set(element, window.walked.size);
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const is_ringed = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  const accent = getComputedStyle(document.querySelector('.button.primary')).backgroundColor;
  const is_stroked = element instanceof SVGElement && style.stroke === accent && parseFloat(style.strokeWidth) >= 2;
  return {
    id: window.walked.get(element),
    name: `${element.tagName.toLowerCase()} ${element.getAttribute('aria-label') ?? element.textContent.trim().slice(0, 40)}`,
    is_scroller: element.tabIndex < 0,
    target: element.closest('[data-target]')?.dataset.target,
    is_seen: (is_ringed || is_stroked) && box.width > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
  };
});

/** Goes round the page with the Tab key and back to where it began. */
async function round(page, key = 'Tab') {
  const stops = [];
  await page.evaluate(() => { document.activeElement.blur(); window.walked = new Map(); });
  for (let n = 0; n < 300; n += 1) {
    await page.keyboard.press(key);
    const stop = await focused(page);
    if (!stop || stops.some((other) => other.id === stop.id)) return stops;
    stops.push(stop);
  }
  throw new Error(`no way out: ${stops.slice(-5).map((stop) => stop.name)}`);
}

/** What ought to be reached. */
const reachable = (page) => page.evaluate(() =>
  [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')].filter((element) => {
    const style = getComputedStyle(element);
    return element.tabIndex >= 0 && element.type !== 'file' && !element.matches(':disabled') && element.getClientRects().length > 0 && style.visibility !== 'hidden' && element.checkVisibility();
  }).map((element) => `${element.tagName.toLowerCase()} ${element.getAttribute('aria-label') ?? element.textContent.trim().slice(0, 40)}`).sort());

for (const [width, height] of [[1440, 900], [1024, 768], [390, 844]]) {
  test(`the Tab key goes round the page at ${width}×${height}, forth and back, and is seen everywhere`, async () => {
    const page = await begin(browser, WINDOWS, { viewport: { width, height }, reducedMotion: 'reduce' });
    await page.evaluate(() => document.querySelectorAll('.controls details').forEach((details) => { details.open = true; }));
    const there = await round(page);
    assert.deepEqual(there.filter((stop) => !stop.is_seen).map((stop) => stop.name), []);
    // What merely scrolls is reached as well, by Chromium's own doing.
    assert.deepEqual(there.filter((stop) => !stop.is_scroller).map((stop) => stop.name).sort(), await reachable(page));
    const back = await round(page, 'Shift+Tab');
    assert.deepEqual(back.map((stop) => stop.name).reverse(), there.map((stop) => stop.name));
    await page.context().close();
  });
}

test('arrow keys reach everything on the stage, Enter looks at it, Escape lets go', async () => {
  const page = await begin(browser, `${GROUP}streams start analytics 'stream orders | group by key | window tumbling 10s grace 5s | count | to counts'\nproduce orders alice '{"amount": -1}'\nproduce orders carol '{"amount": 2}'\nwait 12s\n`, { reducedMotion: 'reduce' });
  const all = await page.locator('#stage [data-target]').evaluateAll((found) => [...new Set(found.map((one) => one.dataset.target))].sort());
  assert.ok(all.length > 15, all.join(' '));
  // From every stop of the Tab key downward, along each row.
  const seen = new Set();
  const note = async () => { const stop = await focused(page); assert.ok(stop?.is_seen, stop?.name); seen.add(stop.target); return stop.target; };
  for (const stop of await page.locator('#stage [tabindex="0"][role=button]').elementHandles()) {
    await stop.focus();
    for (let here = await note(), row; here !== row; here = await note()) {
      for (let last; here !== last; here = await note()) { last = here; await page.keyboard.press('ArrowRight'); }
      await page.keyboard.press('Home');
      row = await note();
      await page.keyboard.press('ArrowDown');
    }
  }
  assert.deepEqual([...seen].sort(), all);

  await page.locator('[data-target="record/orders-2/0"] [role=button]').focus();
  await page.keyboard.press('Enter');
  await shows(() => page.locator('.inspected-title').textContent(), 'orders · P2 · offset 0');
  await page.keyboard.press('Escape');
  await shows(() => page.locator('.inspected-title').count(), 0);
  assert.equal((await focused(page)).target, 'record/orders-2/0');
  await page.context().close();
});

test('a record that scrolls out of its lane hands the focus to the partition', async () => {
  const page = await begin(browser, 'network latency 20ms\nkafka-topics --create --topic orders --partitions 1\nproducer start checkout --topic orders\nproducer rate checkout 10\nwait 12s\n');
  const first = page.locator('#stage [data-tp="orders-0"]').first();
  const target = await first.getAttribute('data-target');
  await first.locator('[role=button]').focus();
  await later(page, () => page.locator(`[data-target="${target}"]`).count(), 0);
  await page.evaluate(() => document.activeElement.blur());
  const next = page.locator('#stage [data-tp="orders-0"] [role=button]').first();
  await next.focus();
  for (let n = 0; n < 40 && (await focused(page))?.target?.startsWith('record/'); n += 1) {
    await page.evaluate(() => document.querySelector('[aria-label="step forward"]').click());
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
  }
  assert.equal((await focused(page)).target, 'partition/orders-0');
  await page.context().close();
});

test('menus, dialogs, fields and time are operated by keys alone', async () => {
  const page = await open(browser);
  const press = (key) => page.keyboard.press(key);
  const tab_to = async (name) => {
    for (let n = 0; n < 120; n += 1) {
      if ((await focused(page))?.name.includes(name)) return;
      await press('Tab');
    }
    throw new Error(`${name} is not reached`);
  };
  // A first visit begins in the key field: Enter does what the card says.
  await shows(async () => (await focused(page))?.name.startsWith('input'), true);
  await page.keyboard.press('Enter');
  await shows(() => page.locator('.same-as code').textContent(), `produce orders carol '{"amount": 12}'`);
  await shows(() => page.getByLabel('welcome').textContent().then((text) => text.startsWith('Sent.')), true);
  await page.evaluate(() => document.activeElement.blur());
  // Time.
  await press('Space');
  await shows(() => bar(page).getAttribute('data-playing'), 'false');
  const here = await step(page);
  await press('ArrowLeft');
  await shows(async () => Number(await step(page)) < Number(here), true);
  await press('Home');
  await shows(() => step(page), '0');
  await press('End');
  await shows(async () => Number(await step(page)) >= Number(here), true);
  await press(']');
  await shows(() => page.locator('.speed summary').textContent().then((text) => text.trim()), '4×');
  await press('[');
  // A dialog holds the focus and gives it back.
  await tab_to('keys and help');
  await press('Enter');
  const dialog = page.locator('dialog[open]');
  await dialog.waitFor();
  for (let n = 0; n < 5; n += 1) {
    await press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement === document.body || !!document.activeElement.closest('dialog')), true);
  }
  await press('Escape');
  await dialog.waitFor({ state: 'detached' }).catch(() => {});
  await shows(async () => (await focused(page))?.name, 'button keys and help');
  // A menu: down and up, Escape back to its button, Enter chooses. The lessons come first, then the scenes.
  await page.evaluate(() => document.activeElement.blur());
  await tab_to('Orders, retries and windows');
  await press('Enter');
  await press('ArrowDown');
  assert.match((await focused(page)).name, /^button Lessons/);
  await press('ArrowDown');
  await press('ArrowDown');
  assert.match((await focused(page)).name, /^button Keys and partitions/);
  await press('Escape');
  assert.match((await focused(page)).name, /^summary/);
  await press('Enter');
  await press('ArrowDown');
  await press('ArrowDown');
  await press('ArrowDown');
  await press('Enter');
  await shows(() => page.locator('.scene-menu summary').textContent().then((text) => text.trim()), 'Keys and partitions');
  await press('Control+z');
  await shows(() => page.locator('#stage .board').count(), 1);
  // A field that changes what runs.
  await press('/');
  await shows(async () => (await focused(page))?.name.startsWith('input'), true);
  for (let n = 0; n < 60 && (await page.evaluate(() => document.activeElement.dataset.field)) !== 'fails'; n += 1) await press('Tab');
  await press('Control+a');
  await page.keyboard.type('never');
  await press('Escape');
  assert.equal(await page.locator('[data-field=fails]').inputValue(), 'value.amount < 0');
  await press('Control+a');
  await page.keyboard.type('value.amount > 50');
  await press('Enter');
  await shows(() => page.locator('.same-as code').textContent(), `app fails billing when 'value.amount > 50'`);
  // A consumer is crashed and comes back.
  await tab_to('c1running');
  await press('Enter');
  await tab_to('Crash c1');
  await press('Enter');
  await shows(async () => (await focused(page))?.name, 'summary c1crashed');
  await tab_to('Restart c1');
  await press('Space');
  await shows(() => page.evaluate(() => document.activeElement.closest('.member-row')?.querySelector('summary').textContent), 'c1running');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
