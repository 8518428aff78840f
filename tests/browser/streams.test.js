// Stream processing on the page: a pipeline is written, refused at its column,
// mended and run; a window closes only by a later record; a record is made late
// by dragging it, and by its field.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { WINDOWS, begin, hash, later, notice, run_of, settled, shows, run, speed } from './hands.js';
import { launch, open } from './page.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const ORDERS = `network latency 20ms
kafka-topics --create --topic orders --partitions 1
producer start checkout --topic orders
app start billing --topic orders --instances 1
wait 10s
`;

const windows = (page) =>
  page.locator('#stage .board [data-window]').evaluateAll((all) => all.map((one) => `${one.dataset.value} ${one.dataset.state}`));
const desk = (page) => page.locator('[data-desk=analytics]');
const open_desk = (page) => desk(page).locator('summary').first().click();
const fates = (page) =>
  page.locator('[data-picture=event-time] [data-dot]').evaluateAll((all) => all.map((one) => one.dataset.fate));
async function at(page, time) {
  const form = page.locator('.produce');
  await form.getByLabel('key', { exact: true }).fill('alice');
  await form.getByLabel('value', { exact: true }).fill('1');
  const field = form.getByLabel('timestamp (event time)');
  if (!(await field.isVisible())) await form.locator('summary').filter({ hasText: 'time, headers' }).first().click();
  await field.fill(time);
  await form.getByLabel('value', { exact: true }).press('Enter');
}

test('a pipeline is refused at its column, mended and run; its window closes only by a later record', async () => {
  const page = await begin(browser, ORDERS);
  await page.getByText('write a pipeline').click();
  const field = page.locator('[data-field=new-pipeline]');
  await field.fill('stream orders | gruop by key | window tumbling 10s | count | to n');
  const says = () => page.locator('.field-error').first().textContent();
  await shows(() => says().then((text) => /^column 17: .*`gruop`.*did you mean group\?/.test(text)), true);
  const before_ = await hash(page);
  await field.press('Enter');
  assert.equal(await hash(page), before_, 'what is wrong is not started');
  // A type error is said before anything runs, too.
  await field.fill('stream orders | filter value + 1 | to n');
  await shows(() => says().then((text) => /^column 24: /.test(text)), true);
  await field.fill('stream orders | group by key | window tumbling 10s | count | to n');
  await field.press('Enter');
  await later(page, () => desk(page).count(), 1);
  await run(page, 8, async () => false);
  await at(page, '12:00:11');
  await later(page, () => windows(page), ['1 open']);
  // Wall and virtual time alone close nothing.
  await speed(page, '100×');
  await run(page, 60, async () => false);
  assert.deepEqual(await windows(page), ['1 open']);
  await at(page, '12:00:21');
  await later(page, () => windows(page), ['1 closed', '1 open']);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a dragged record comes late, and undo brings the first history back', async () => {
  const page = await begin(browser, WINDOWS);
  assert.deepEqual(await windows(page), ['1 open', '1 open']);
  const then = await hash(page);
  await open_desk(page);
  await shows(() => fates(page), ['in order', 'in order']);
  const first = page.locator('[data-picture=event-time] [data-dot]').first();
  await first.scrollIntoViewIfNeeded();
  const from = await first.boundingBox();
  const second = await page.locator('[data-picture=event-time] [data-dot]').nth(1).boundingBox();
  // Beyond the other one, which then is out of order.
  await page.mouse.move(from.x + 9, from.y + 9);
  await page.mouse.down();
  await page.mouse.move(from.x + 40, from.y + 9, { steps: 3 });
  await page.mouse.move(second.x + 60, from.y + 9, { steps: 3 });
  await page.mouse.up();
  await shows(async () => (await fates(page))[1] !== 'in order', true);
  assert.match(await notice(page), /computed again/);
  assert.notEqual(await hash(page), then);
  await page.getByRole('button', { name: /^undo/ }).click();
  await shows(() => hash(page), then);
  await shows(() => fates(page), ['in order', 'in order']);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('the same by keyboard: a record is chosen, and the time written for it makes it late, then drops it', async () => {
  // A third record, which the second one's new time will leave behind.
  const page = await begin(browser, `${WINDOWS}produce orders alice 3 --timestamp 12:00:26\nwait 2s\n`);
  await open_desk(page);
  await shows(() => fates(page), ['in order', 'in order', 'in order']);
  const dots = () => page.locator('[data-picture=event-time] [data-dot] [role=button]');
  await dots().first().focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  const field = page.locator('[data-field=event-time]');
  assert.equal(await field.inputValue(), '12:00:24.999');
  await field.fill('soon');
  assert.match(await page.locator('.desk-field .field-error').textContent(), /expected now, a shift/);
  // Stream time goes on to 12:00:30 with the second; the third is late, but its window takes it until 12:00:35.
  await field.fill('12:00:30');
  await field.press('Enter');
  await shows(() => fates(page), ['in order', 'in order', 'late']);
  // With 12:00:40 the third one's window has closed.
  await field.fill('12:00:40');
  await field.press('Enter');
  await shows(() => fates(page), ['in order', 'in order', 'dropped']);
  await shows(() => windows(page), ['1 closed', '1 open']);
  const dropped = page.locator('[data-picture=event-time] [data-fate=dropped] [role=button]');
  assert.match(await dropped.getAttribute('aria-label'), /dropped.*came late: its window \[12:00:20, 12:00:30\) closed at stream time 12:00:35/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a join with a table shows what met, what came too early, and the keys that no task reads together', async () => {
  const page = await begin(browser, `network latency 20ms
kafka-topics --create --topic orders --partitions 3
kafka-topics --create --topic customers --partitions 3
producer start shop --topic orders
producer start crm --topic customers --partitioner consistent-random
streams start analytics --statestore-cache-max-bytes 0 'stream orders | join table customers | to enriched'
wait 10s
produce --producer shop --key carol --value 1
wait 1s
produce --producer crm --key carol --value C
wait 1s
produce --producer shop --key carol --value 2
produce --producer crm --key alice --value A
wait 1s
produce --producer shop --key alice --value 3
wait 2s
`);
  await open_desk(page);
  await desk(page).getByRole('button', { name: 'Join' }).click();
  const dots = () => page.locator('[data-picture=join] .join-lane').evaluateAll((lanes) =>
    lanes.map((lane) => [...lane.querySelectorAll('[data-fate]')].map((dot) => `${dot.getAttribute('aria-label').split(' ')[0]} ${dot.dataset.fate}`)));
  await shows(dots, [['carol is-dropped', 'carol is-matched', 'alice is-dropped'], ['carol is-matched', 'alice is-row']]);
  const reasons = await page.locator('.desk-reasons').textContent();
  assert.match(reasons, /carol at .*nothing came out, because its task's table had no row of carol at that moment/);
  assert.match(reasons, /alice lies in customers-2 and in orders-0: no task reads both/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('records travel along the edges of the topology; with reduced motion only the way is marked', async () => {
  const lines = `${WINDOWS}producer rate checkout 2 --keys alice --value 1\n`;
  for (const reducedMotion of ['no-preference', 'reduce']) {
    const page = await begin(browser, lines, { reducedMotion });
    await open_desk(page);
    await desk(page).getByRole('button', { name: 'Topology' }).click();
    const seen = () => page.evaluate(() => {
      const all = [...document.querySelectorAll('[data-picture=topology] .tokens > g')];
      return all.filter((one) => one.getAttribute('transform')?.startsWith('translate')).length;
    });
    const marked = () => page.locator('[data-picture=topology] .edge.is-newest').count();
    const travelled = await run(page, 4, async () => (await seen()) > 0);
    assert.equal(travelled !== undefined, reducedMotion === 'no-preference');
    await shows(async () => (await marked()) > 0, true);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  }
});

test('the desk shows the topology, the store as log and as table; the pipeline as Java', async () => {
  const page = await begin(browser, WINDOWS);
  await open_desk(page);
  await desk(page).getByRole('button', { name: 'Topology' }).click();
  const nodes = () => page.locator('[data-picture=topology] [data-node]').evaluateAll((all) => all.map((one) => one.dataset.node.replace(/-\d+$/, '')));
  await shows(nodes, ['KSTREAM-SOURCE', 'KSTREAM-AGGREGATE', 'KTABLE-TOSTREAM', 'KSTREAM-SINK']);
  assert.deepEqual(await page.locator('[data-picture=topology] [data-task]').evaluateAll((all) => all.map((one) => one.dataset.task)), ['0_0']);
  await desk(page).getByRole('button', { name: 'State' }).click();
  const rows = (n) => page.locator('.duality table').nth(n).locator('tbody .value').allTextContents();
  await shows(() => rows(0), ['1', '1']);
  await later(page, () => rows(1), ['1', '1']);
  await page.getByText('show as Java').click();
  assert.match(await page.locator('[data-listing=java]').textContent(), /new StreamsBuilder\(\)/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing on an open desk, ${colorScheme}`, async () => {
    const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
    const page = await open(browser, { init: axe, colorScheme, hash: run_of(WINDOWS) });
    await settled(page);
    await open_desk(page);
    for (const view of ['Event time', 'Topology', 'State', 'Dashboard']) {
      await desk(page).getByRole('button', { name: view }).click();
      await page.waitForTimeout(100);
      const found = await page.evaluate(() => window.axe.run());
      assert.deepEqual(found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`), []);
    }
    await page.context().close();
  });
}
