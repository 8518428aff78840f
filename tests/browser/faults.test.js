// Faults by pointing at them, and what they do to metrics: a lost acknowledgement, a crash at a point, charts, alarms.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { begin, is_fine, keys_in, later, looks, shows } from './hands.js';
import { launch } from './page.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** A record on its way from a producer without idempotence; its acknowledgement follows 400 ms later. */
const LOST = `network latency 400ms
kafka-topics --create --topic orders --partitions 1
producer start checkout --topic orders --acks 1 --request-timeout 2s
app start billing --topic orders
wait 12s
produce orders alice 1 --producer checkout
wait 5s
produce orders bob 2 --producer checkout
wait 600ms
`;

/** Something to do for a consumer, an alarm that will fire, and time for both. */
const BUSY = `network latency 20ms
kafka-topics --create --topic orders --partitions 1
producer start checkout --topic orders
app start billing --topic orders --work 2s
alert set late lag billing --above 3
wait 4s
producer rate checkout 4 --keys alice,bob
wait 8s
`;

const facts = (page) => page.locator('.inspected .facts > div').evaluateAll((all) => all.map((one) => [one.dataset.fact, one.querySelector('dd').textContent]));
const came = (page) => page.locator('.came .cause span:first-child').allTextContents();
const open_desk = async (page, name) => {
  const desk = page.locator(`[data-desk="${name}"]`);
  await desk.locator('summary').first().click();
  return desk;
};

test('an acknowledgement that is lost by pointing at it puts the record into the log twice, and the inspector says why', async () => {
  const page = await begin(browser, LOST);
  const ring = page.locator('.token.is-ack .reach');
  await ring.click({ force: true });
  await shows(() => page.locator('.inspected-title').textContent(), 'Produce response');
  await page.getByRole('button', { name: 'Lose this acknowledgement' }).click();
  await shows(async () => (await facts(page)).find(([name]) => name === 'state')?.[1], 'lost: it will not arrive');
  assert.match(await page.locator('.same-as code').textContent(), /^network lose --message \d+$/);
  await later(page, () => keys_in(page, 'orders-0'), ['alice', 'bob', 'bob']);
  const told = await came(page);
  assert.equal(told[0], 'the Produce response was lost on its way');
  assert.ok(told.some((line) => line.startsWith('no answer within request.timeout.ms: attempt 2')), told.join('\n'));
  assert.ok(told.includes('orders-0: 1 record appended @2'), told.join('\n'));
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('messages are reached by the keyboard while time stands', async () => {
  const page = await begin(browser, LOST);
  const message = page.locator('.token .reach[tabindex="0"]');
  await shows(() => message.count(), 1);
  await message.focus();
  await page.keyboard.press('Enter');
  const title = () => page.locator('.inspected-title').textContent();
  await shows(title, 'Produce response');
  await page.locator('.inspected').getByRole('button', { name: 'Delay it by 2 s' }).press('Enter');
  await shows(async () => (await facts(page)).find(([name]) => name === 'arrives')?.[1].startsWith('12:00:20.'), true);
  await message.focus();
  await page.keyboard.press('Escape');
  await shows(() => page.locator('.inspected-title').count(), 0);
  await page.context().close();
});

test('a cut link and a paused broker are seen, and mended where they were broken', async () => {
  const page = await begin(browser, LOST);
  await page.locator('#stage .producer').click();
  await page.getByRole('button', { name: 'Cut its link' }).click();
  await shows(() => page.locator('.link.is-cut').count(), 1);
  await page.getByRole('button', { name: 'Heal its link' }).click();
  await shows(() => page.locator('.link.is-cut').count(), 0);
  await page.locator('[data-topic=orders] .title').click();
  await page.getByRole('button', { name: 'Pause broker-1' }).click();
  await shows(() => page.locator('.topic.is-standing-still').count(), 1);
  await page.getByRole('button', { name: 'Resume broker-1' }).click();
  await shows(() => page.locator('.topic.is-standing-still').count(), 0);
  await page.context().close();
});

test('a crash marker that is placed by keyboard makes something be done twice', async () => {
  const page = await begin(browser, `network latency 20ms
kafka-topics --create --topic orders --partitions 1
app start billing --topic orders --work 300ms
wait 8s
`);
  const desk = await open_desk(page, 'loop');
  await desk.locator('input[value=after-fetch]').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await shows(() => desk.locator('input[value=after-effect]').isChecked(), true);
  await desk.getByRole('button', { name: 'Crash billing/c1 after-effect' }).press('Enter');
  await shows(() => page.locator('.same-as code').textContent(), 'consumer crash billing/c1 --at after-effect --restart 2s');
  const form = page.locator('.produce');
  await form.getByLabel('key', { exact: true }).fill('alice');
  await form.getByLabel('value', { exact: true }).fill('1');
  await form.getByLabel('value', { exact: true }).press('Enter');
  await later(page, () => desk.locator('[data-account="done twice"] dd').textContent(), '1');
  await desk.getByRole('button', { name: 'Try every point' }).click();
  await shows(() => desk.locator('[data-trial]').count(), 9);
  const verdict = (point) => desk.locator(`[data-trial="${point}"] td`).last().textContent();
  assert.equal(await verdict('before-commit'), 'done twice: 1');
  assert.equal(await verdict('after-mark'), 'never comes there');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('charts are read at the playhead, go where one presses, and an alarm shows on them and among the events', async () => {
  const page = await begin(browser, BUSY);
  const desk = await open_desk(page, 'metrics');
  const lag = desk.locator('[data-metric=lag]');
  const value = () => lag.locator('.metric-key b').first().textContent();
  await shows(() => lag.locator('.trend').count().then((n) => n > 0), true);
  await shows(() => lag.getAttribute('data-firing'), 'true');
  const then = Number(await value());
  assert.ok(then > 3, `lag ${then}`);
  const box = await lag.locator('svg').boundingBox();
  await lag.locator('svg').click({ position: { x: box.width * 0.2, y: box.height / 2 } });
  await page.mouse.move(5, 5);
  await shows(value, '0');
  await shows(() => lag.getAttribute('data-firing'), 'false');
  const slider = desk.getByRole('slider', { name: 'moment that is read' });
  await slider.focus();
  await page.keyboard.press('End');
  await shows(value, String(then));
  await page.getByRole('button', { name: 'events' }).click();
  await page.getByText(/late fires: lag of billing is \d+, above 3/).first().waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('the desks of metrics and of the loop are accessible at three widths in both themes', async () => {
  for (const { width, name, options } of looks) {
    const page = await begin(browser, BUSY, options);
    await open_desk(page, 'metrics');
    const loop = await open_desk(page, 'loop');
    await loop.getByRole('button', { name: 'Try every point' }).click();
    await shows(() => loop.locator('[data-trial]').count(), 9);
    // Something is chosen, as the inspector's own text alone may be longer than the window and takes no focus.
    if (width > 640) await page.locator('#stage .producer').click();
    await is_fine(page, name);
    await page.context().close();
  }
});
