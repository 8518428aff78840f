// The whole journey of a record, done as a person does it, in the built site.
// What is asserted is read from the DOM.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { GROUP, WINDOWS, bar, begin, keys_in, pause, produce, run, shows, speed } from './hands.js';
import { launch } from './page.js';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const owns = async (page, member) => (await page.locator(`#stage [data-member="${member}"]`).getAttribute('data-owns')) ?? '';

test('five keyed records land on the partitions that Kafka chooses', async () => {
  const page = await begin(browser, GROUP);
  for (const key of ['alice', 'bob', 'carol', 'dave', 'alice']) await produce(page, key, '{"amount": 12}');
  const all = async () => (await page.locator('#stage [data-tp^="orders-"]').count()) >= 5;
  assert.notEqual(await run(page, 10, all), undefined, 'five cells within ten seconds');
  assert.deepEqual(await keys_in(page, 'orders-0'), ['alice', 'bob', 'alice']);
  assert.deepEqual(await keys_in(page, 'orders-1'), ['dave']);
  assert.deepEqual(await keys_in(page, 'orders-2'), ['carol']);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a killed consumer keeps its partitions until the session timeout, and not longer', async () => {
  const page = await begin(browser, GROUP);
  assert.match(await owns(page, 'c1'), /P0.*P1/);
  assert.match(await owns(page, 'c2'), /P2/);
  await page.locator('[data-member]').filter({ hasText: 'c1' }).first().click();
  await page.getByRole('button', { name: /^crash c1/i }).first().click();
  await speed(page, '4×');
  // The last heartbeat is up to 3 s old when the process dies.
  const moved = await run(page, 30, async () => /P0.*P1.*P2/.test(await owns(page, 'c2')));
  assert.ok(moved >= 6.5, `moved after ${moved} s: before the session timeout`);
  assert.ok(moved <= 18, `moved after ${moved} s`);
  await page.context().close();
});

test('a failing record ends in the dead-letter topic with its attempts and headers', async () => {
  const page = await begin(browser, GROUP);
  await produce(page, 'carol', '{"amount": -1}');
  await speed(page, '4×');
  const dead = page.locator('#stage [data-topic="orders-dlt"]');
  assert.notEqual(await run(page, 60, async () => (await dead.getAttribute('data-count')) === '1'), undefined);
  await page.locator('#stage [data-tp^="orders-dlt"]').first().click();
  const inspector = page.locator('.inspector').first();
  await inspector.getByText('kafka_original-topic').waitFor();
  const text = await inspector.textContent();
  for (const part of ['carol', 'kafka_original-topic', 'orders', 'kafka_exception-message', 'IllegalArgumentException']) {
    assert.ok(text.includes(part), `${part} in: ${text}`);
  }
  assert.match(await inspector.locator('[data-fact="attempts"]').textContent(), /3/);
  await page.context().close();
});

test('a window closes when stream time reaches its end plus grace, and not before', async () => {
  const page = await begin(browser, WINDOWS);
  const state = () => page.locator('#stage [data-window]').first().getAttribute('data-state');
  assert.equal(await page.locator('#stage [data-window]').first().getAttribute('data-value'), '1');
  assert.equal(await state(), 'open', 'stream time is 24.999, the window ends at 20 and has 5 s of grace');
  await page.getByText('time, headers, nulls, partition').click();
  await page.getByLabel('timestamp (event time)').fill('12:00:25');
  await produce(page, 'alice', '3');
  assert.notEqual(await run(page, 10, async () => (await state()) === 'closed'), undefined);
  await page.context().close();
});

test('scrubbing back shows the earlier picture, a reload everything', async () => {
  const page = await begin(browser, GROUP);
  await produce(page, 'alice', '{"amount": 1}');
  assert.notEqual(await run(page, 5, async () => (await keys_in(page, 'orders-0')).length === 1), undefined);
  const orders = () => keys_in(page, 'orders-0');
  const hash = () => bar(page).getAttribute('data-hash');
  const step = () => bar(page).getAttribute('data-step');
  const slider = page.getByRole('slider', { name: /history|time/i }).first();
  await slider.focus();
  await page.keyboard.press('End');
  await shows(orders, ['alice']);
  const then = { hash: await hash(), step: await step() };
  assert.match(then.hash, /^[0-9a-f]+$/);
  await page.keyboard.press('Home');
  await shows(orders, []);
  assert.notEqual(await hash(), then.hash);
  await page.keyboard.press('End');
  await shows(orders, ['alice']);
  await shows(hash, then.hash);
  await page.reload();
  await page.locator('#boot').waitFor({ state: 'detached' });
  await shows(orders, ['alice']);
  await pause(page);
  await shows(step, then.step);
  await shows(hash, then.hash);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
