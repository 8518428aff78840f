// Live dashboards, interactive queries and a crash with its restore, on the desk
// of a streams application.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { begin, is_fine, later, looks, produce, run_of, settled, shows } from './hands.js';
import { launch, open } from './page.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const SALES = `network latency 20ms
kafka-topics --create --topic orders --partitions 1
producer start checkout --topic orders
streams start sales --statestore-cache-max-bytes 0 'stream orders | group by key | sum value | to per-item'
wait 5s
produce orders tea 5
produce orders coffee 9
wait 5s
`;
const COUNTS = `network latency 20ms
kafka-topics --create --topic orders --partitions 2
producer start checkout --topic orders
produce orders alice 1
produce orders bob 1
produce orders alice 1
wait 5s
streams start counts --instances 2 --statestore-cache-max-bytes 0 'stream orders | group by key | count | to per-customer'
wait 60s
`;

const desk = (page, name) => page.locator(`[data-desk="${name}"]`);
async function look_at(page, name, tab) {
  await desk(page, name).locator('summary').first().click();
  await desk(page, name).getByRole('button', { name: tab, exact: true }).click();
}
/** Rank, key, value and what is noted beside it, row by row. */
const rows = (page) =>
  page.locator('.leader').evaluateAll((all) =>
    all.map((row) => [...row.querySelectorAll('.rank, .who, .much, .note')].map((cell) => cell.textContent).join(' ').trim()));
const verdict = (page) => page.locator('.verdict').textContent();
const feed = (page, from) => desk(page, 'sales').getByRole('button', { name: from, exact: true }).click();
async function opened(page) {
  await look_at(page, 'sales', 'Dashboard');
  await desk(page, 'sales').getByLabel('dashboard', { exact: true }).press('Enter');
  await shows(() => rows(page), ['1 coffee 9', '2 tea 5']);
}

test('a leaderboard is opened and fed from its snapshot; a correction makes a row fall', async () => {
  const page = await begin(browser, SALES);
  await opened(page);
  await feed(page, 'the snapshot');
  await produce(page, 'coffee', '-7');
  await later(page, async () => (await rows(page)).map((row) => row.replace(/ corrected from 9$/, '')), ['1 tea 5', '2 coffee 2']);
  await shows(() => verdict(page), 'equal to the topic');
  assert.equal(await page.locator('.seam').getAttribute('data-lost'), '0');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a feed from now on leaves a gap, and the board shows which rows are wrong and why', async () => {
  const page = await begin(browser, SALES);
  await opened(page);
  await produce(page, 'tea', '1');
  await produce(page, 'milk', '3');
  await later(page, () => page.locator('.counted .total').textContent(), 'sum 14, in the topic 18');
  await feed(page, 'now on');
  await shows(() => page.locator('.seam').getAttribute('data-lost'), '2');
  assert.deepEqual(await rows(page), ['1 coffee 9', '2 tea 5 the topic says 6', 'milk missing the topic says 3']);
  assert.equal(await verdict(page), '2 rows differ from the topic');
  assert.match(await page.locator('.dashboard .desk-reasons').textContent(), /Offsets 2 to 3 were written in between/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('an instance is asked for a key that another one has, and that one is asked next', async () => {
  const page = await begin(browser, COUNTS);
  await look_at(page, 'counts', 'State');
  const answer = page.locator('.answer');
  await shows(() => answer.locator('p').allTextContents(), [
    "null: this instance's tasks have no such key",
    'queryMetadataForKey: alice lies in partition 1: active on counts-2',
  ]);
  await page.getByRole('button', { name: 'Ask counts-2' }).click();
  await shows(() => answer.locator('tbody tr').allTextContents(), ['alice20_1']);
  await page.locator('.query').getByLabel('query').selectOption('range');
  await page.locator('.query').getByLabel('first key').fill('b');
  await shows(() => answer.locator('p').allTextContents(), ["an empty iterator: this instance's tasks have nothing of it"]);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a crash takes the state along; when the group has noticed, it comes back from the changelog', async () => {
  const page = await begin(browser, COUNTS);
  await look_at(page, 'counts', 'State');
  const tasks = (name) =>
    page.locator(`[data-instance="${name}"] [data-task]`).evaluateAll((all) => all.map((one) => `${one.dataset.task} ${one.dataset.phase}`));
  const keys = () => page.locator('.duality table').first().locator('tbody th').allTextContents();
  await shows(() => tasks('counts-2'), ['0_1 running']);
  assert.deepEqual(await keys(), ['bob', 'alice']);
  await page.getByRole('button', { name: 'Crash counts-2' }).click();
  await shows(() => tasks('counts-2'), ['0_1 nobody runs it']);
  await shows(keys, ['bob']);
  await later(page, () => tasks('counts'), ['0_0 running', '0_1 running']);
  await shows(keys, ['bob', 'alice']);
  assert.match(await page.locator('.instances ~ .painted .desk-reasons').textContent(), /Task 0_1 on counts: 2 records came back from counts-.*-changelog-1/);
  await page.getByRole('button', { name: 'Start counts-2' }).click();
  await later(page, async () => (await tasks('counts-2')).length, 1);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

for (const { name, options } of looks.filter(({ width }) => width === 1440)) {
  test(`axe finds nothing on a dashboard that is wrong at ${name}`, async () => {
    const lines = `${SALES}dashboard open top --topic per-item
produce orders tea 1
wait 2s
dashboard feed top --from latest
produce orders coffee -4
wait 1s
`;
    const page = await open(browser, { ...options, hash: run_of(lines) });
    await settled(page);
    await look_at(page, 'sales', 'Dashboard');
    await shows(() => rows(page), ['1 coffee 5 corrected from 9', '1 tea 5 the topic says 6']);
    await is_fine(page, name);
    await page.context().close();
  });
}
