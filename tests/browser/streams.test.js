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

test('the same by keyboard: a record is chosen, its time is written, and it is dropped', async () => {
  const page = await begin(browser, WINDOWS);
  await open_desk(page);
  await shows(() => fates(page), ['in order', 'in order']);
  await page.locator('[data-picture=event-time] [data-dot] [role=button]').first().focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  const field = page.locator('[data-field=event-time]');
  assert.equal(await field.inputValue(), '12:00:24.999');
  await field.fill('soon');
  assert.match(await page.locator('.desk-field .field-error').textContent(), /expected now, a shift/);
  // In time for its window no more: the first record's one is closed from 12:00:15 on.
  await field.fill('12:00:40');
  await field.press('Enter');
  await shows(() => field.inputValue(), '12:00:40');
  await page.locator('[data-picture=event-time] [data-dot] [role=button]').first().focus();
  assert.deepEqual(await fates(page), ['in order', 'in order']);
  assert.deepEqual(await windows(page), ['1 closed', '1 open']);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
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
    for (const view of ['Event time', 'Topology', 'State']) {
      await desk(page).getByRole('button', { name: view }).click();
      await page.waitForTimeout(100);
      const found = await page.evaluate(() => window.axe.run());
      assert.deepEqual(found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`), []);
    }
    await page.context().close();
  });
}
