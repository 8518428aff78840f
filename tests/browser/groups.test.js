// Groups by keyboard alone: members come and go, the log tells the whole rebalance, and two histories stand side by side.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { begin, run, settled, shows, speed } from './hands.js';
import { launch } from './page.js';

const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** A group without retry topics, whose consumers would rebalance as well. */
const GROUP = `network latency 20ms
kafka-topics --create --topic orders --partitions 3
app start billing --topic orders --instances 2
wait 15s
`;
/** Who owns what, and the group's state: within a rebalance others look as after it. */
const owners = async (page) => [
  ...(await page.locator('#stage [data-member]').evaluateAll((all) => all.map((one) => `${one.dataset.member} ${one.dataset.owns}`))),
  await page.locator('#stage [data-group=billing] .title .subtitle').textContent(),
];
/** Presses Tab until the focus is on something whose text or name fits. */
async function tab_to(page, wanted) {
  for (let n = 0; n < 150; n += 1) {
    const text = await page.evaluate(() => {
      const element = document.activeElement;
      return `${element.getAttribute('aria-label') ?? ''} ${element.textContent ?? ''}`.trim();
    });
    if (wanted.test(text)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`Tab never came to ${wanted}`);
}
/** Lets time run at a speed at which the log does not fill up with hum, until the page shows what is expected. */
async function soon(page, read, expected) {
  await speed(page, '4×');
  await run(page, 60, async () => JSON.stringify(await read()) === JSON.stringify(expected));
  assert.deepEqual(await read(), expected);
}
const focused = (page) => page.evaluate(() => document.activeElement.textContent.trim());
const done = async (page) => {
  assert.deepEqual(page.complaints, []);
  await page.context().close();
};

test('members are added and removed by keyboard alone, and the log tells the whole rebalance', async () => {
  const page = await begin(browser, GROUP);
  await tab_to(page, /^Add consumer$/);
  await page.keyboard.press('Enter');
  await soon(page, () => owners(page), ['c1 P0', 'c2 P1', 'c3 P2', 'Stable · generation 2']);
  await tab_to(page, /^Add consumer$/);
  await page.keyboard.press('Enter');
  await soon(page, () => owners(page), ['c1 P0', 'c2 P1', 'c3 P2', 'c4 no partition', 'Stable · generation 3']);
  await page.locator('#stage').focus();
  await tab_to(page, /^log: the picture in words$/);
  await page.keyboard.press('Enter');
  const lines = () => page.locator('.log-panel .log-line').allTextContents();
  await shows(async () => (await lines()).length > 10, true);
  const text = (await lines()).join('\n');
  for (const said of [/You: consumer add billing/, /billing: rebalance: /, /billing: c4 joined/, /billing: c1 joined again/, /billing: generation \d+: c1, c2, c3 and c4/, /billing: c1 reads orders-0/, /c3 .*orders-2/]) {
    assert.match(text, said);
  }
  // From the top of the page again: the row of c3, its buttons.
  await page.locator('.skip').focus();
  await tab_to(page, /^c3running/);
  await page.keyboard.press('Enter');
  await tab_to(page, /^Stop c3$/);
  await page.keyboard.press('Enter');
  // The button that was pressed is gone: the row keeps the focus, not the button that came in its place.
  await shows(() => focused(page).then((text) => /^c3/.test(text)), true);
  await soon(page, () => owners(page), ['c1 P0', 'c2 P1', 'c3 no partition', 'c4 P2', 'Stable · generation 4']);
  await page.locator('.skip').focus();
  await tab_to(page, /^Restart c3$/);
  await page.keyboard.press('Enter');
  await shows(() => focused(page).then((text) => /^c3/.test(text)), true);
  await done(page);
});

/** The row of an instance opened, one of its buttons pressed. */
async function deed(page, row, button) {
  await page.locator('.skip').focus();
  await tab_to(page, row);
  if (!(await page.evaluate(() => document.activeElement.parentElement.open))) await page.keyboard.press('Enter');
  await tab_to(page, button);
  await page.keyboard.press('Enter');
}
/** The panel of a group, opened from the stage. */
async function look(page, group) {
  await page.locator(`#stage [data-group=${group}] [role=button]`).first().focus();
  await page.keyboard.press('Enter');
  await page.locator('.group-panel').waitFor();
}
const fact = (page, name) => page.locator(`[data-fact="${name}"] dd`).first().textContent();

/** Chooses by keys in the list that has a label: types how the choice begins. */
async function choose(page, label, beginning) {
  const list = page.getByLabel(label);
  for (let n = 0; n < 60 && !(await list.evaluate((element) => element === document.activeElement)); n += 1) await page.keyboard.press('Tab');
  await page.keyboard.type(beginning);
  await shows(() => list.evaluate((element) => element.selectedOptions[0].textContent).then((text) => text.startsWith(beginning)), true);
}

const TOPIC = `network latency 20ms
kafka-topics --create --topic orders --partitions 3
producer start checkout --topic orders
producer rate checkout 3
wait 5s
`;
/** The form of the first group, its choices open. */
async function joining(page) {
  await page.locator('.skip').focus();
  await tab_to(page, /^how it joins$/);
  await page.keyboard.press('Enter');
}
async function start(page) {
  await page.locator('.skip').focus();
  await tab_to(page, /^Start a consumer group$/);
  await page.keyboard.press('Enter');
}

test('client, protocol and assignor of a group are chosen by keyboard', async () => {
  for (const [label, beginning, state, assignor] of [
    ['client', 'java-848', 'Stable · epoch 1', 'uniform'],
    ['partition.assignment.strategy, group.protocol', 'roundrobin', 'Stable · generation 1', 'roundrobin'],
    ['partition.assignment.strategy, group.protocol', 'consumer protocol', 'Stable · epoch 1', 'uniform'],
    ['client', 'librdkafka', 'Stable · generation 1', 'range'],
  ]) {
    const page = await begin(browser, TOPIC);
    await joining(page);
    await choose(page, label, beginning);
    await start(page);
    await soon(page, () => owners(page), ['c1 P0, P1, P2', state]);
    await look(page, 'billing');
    await shows(() => fact(page, 'assignor'), assignor);
    await done(page);
  }
});

test('a static member is made by keyboard, and comes back within its session without a rebalance', async () => {
  const page = await begin(browser, TOPIC);
  await joining(page);
  for (let n = 0; n < 20 && (await page.evaluate(() => document.activeElement.type)) !== 'checkbox'; n += 1) await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await start(page);
  await soon(page, () => owners(page), ['c1 P0, P1, P2', 'Stable · generation 1']);
  await page.locator('.skip').focus();
  await tab_to(page, /^Add consumer$/);
  await page.keyboard.press('Enter');
  await soon(page, () => owners(page), ['c1 P0, P1', 'c2 P2', 'Stable · generation 2']);
  await look(page, 'billing');
  await shows(() => page.locator('[data-line=c2]').textContent().then((text) => /group\.instance\.id billing-c2/.test(text)), true);
  await deed(page, /^c2running/, /^Crash c2$/);
  await run(page, 3, async () => false);
  await deed(page, /^c2crashed/, /^Restart c2$/);
  await run(page, 4, async () => false);
  await shows(() => owners(page), ['c1 P0, P1', 'c2 P2', 'Stable · generation 2']);
  await done(page);
});

test('a consumer is paused and resumed by keyboard', async () => {
  const page = await begin(browser, GROUP);
  const status = () => page.locator('#stage [data-member=c1] .status').textContent();
  await deed(page, /^c1running/, /^Pause c1$/);
  await soon(page, status, 'paused');
  await deed(page, /^c1paused/, /^Resume c1$/);
  await soon(page, status, 'polling');
  await done(page);
});

test('offsets are reset by keyboard: not while the group is active, in Kafka\'s own words, then they are', async () => {
  const page = await begin(browser, `${GROUP}produce orders alice 1\nproduce orders bob 2\nproduce orders carol 3\nwait 10s\n`);
  await look(page, 'billing');
  const lags = () => page.locator('.lag-line').evaluateAll((lines) => lines.reduce((sum, line) => sum + Number(line.dataset.lag), 0));
  await shows(lags, 0);
  await tab_to(page, /^reset offsets$/);
  await page.keyboard.press('Enter');
  await tab_to(page, /^Reset offsets$/);
  await page.keyboard.press('Enter');
  await shows(() => page.locator('.toast p').textContent(), 'Assignments can only be reset if the group \'billing\' is inactive, but the current state is Stable.');
  await shows(lags, 0);
  await deed(page, /^c1running/, /^Stop c1$/);
  await deed(page, /^c2running/, /^Stop c2$/);
  await soon(page, () => page.locator('.group-panel [data-state]').getAttribute('data-state'), 'Empty');
  await page.locator('.inspector').getByLabel('reset to').focus();
  await choose(page, 'reset to', 'shifted');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Control+a');
  await page.keyboard.type('-1');
  await page.keyboard.press('Enter');
  await shows(() => page.locator('.toast p').textContent(), 'the committed offsets of billing have been reset');
  await shows(async () => (await lags()) > 0, true);
  await done(page);
});

test('the time in which nothing is processed is shaded on the time bar, and told in the log and among the events', async () => {
  const page = await begin(browser, `${GROUP.replace('--instances 2', '--instances 2 --session-timeout 6s --heartbeat-interval 2s')}consumer crash billing/c1\nwait 3s\n`);
  const shades = () => page.locator('.scrubber .shade').evaluateAll((all) => all.map((one) => `${one.className}: ${one.title}`));
  const still = /^shade: billing: since 12:00:15[.\d]* nobody reads 2 of 3 partitions$/;
  await shows(async () => (await shades()).filter((shade) => still.test(shade)).length, 1);
  const box = await page.locator('.scrubber .shade').last().boundingBox();
  assert.ok(box.width > 10 && box.height > 10, JSON.stringify(box));
  await soon(page, async () => (await owners(page)).slice(1), ['c2 P0, P1, P2', 'Stable · generation 2']);
  const over = /billing: for [\d.]+ s nobody read 2 to 3 of 3 partitions, nothing at all for [\d.]+ ms of it/;
  await shows(async () => (await shades()).every((shade) => over.test(shade)), true);
  assert.deepEqual((await shades()).map((shade) => shade.split(':')[0]), ['shade', 'shade is-all']);
  await page.getByText('log: the picture in words').click();
  await shows(async () => over.test((await page.locator('.log-line').allTextContents()).join('\n')), true);
  await page.getByRole('button', { name: 'events' }).click();
  assert.match((await page.locator('.event-list li').allTextContents()).join('\n'), over);
  await done(page);
});

test('rebalances on a phone: the dock comes into sight, nothing is too wide or too small for a finger', async () => {
  const page = await begin(browser, GROUP, { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true });
  await page.locator('#stage .heading', { hasText: 'billing' }).tap();
  await page.getByRole('button', { name: 'Rebalances' }).tap();
  const dock = page.locator('.dock');
  await dock.waitFor();
  await shows(() => dock.evaluate((element) => { const { top } = element.getBoundingClientRect(); return top >= 0 && top < innerHeight / 2; }), true);
  await dock.locator('.menu summary', { hasText: 'Compare with' }).tap();
  await dock.locator('.menu-item', { hasText: 'cooperative-sticky' }).tap();
  await shows(() => dock.locator('svg[data-chart]').count(), 2);
  const small = await dock.locator('button, summary').evaluateAll((all) => all.map((one) => [one.textContent.trim() || one.getAttribute('aria-label'), one.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && (box.width < 43.5 || box.height < 43.5)).map(([name]) => name));
  assert.deepEqual(small, []);
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  await done(page);
});

test('a group says which state it is in, who its members are, and where it lives', async () => {
  const page = await begin(browser, GROUP);
  await page.locator('#stage [data-group=billing] [role=button]').first().focus();
  await page.keyboard.press('Enter');
  const panel = page.locator('.group-panel');
  await panel.waitFor();
  await shows(() => panel.locator('[data-state]').getAttribute('data-state'), 'Stable');
  assert.equal(await panel.locator('[data-line]').count(), 2);
  assert.equal(await page.locator('[data-fact=because] dd').textContent(), 'abs(hash("billing") = -109829509) % 50 = 9');
  assert.equal(await panel.locator('.lag-line').count(), 3);
  await panel.getByText('open __consumer_offsets-9').click();
  assert.ok((await panel.locator('.commits tbody tr').count()) > 0);
  // Like any topic: as a whole, one partition, one record.
  await panel.getByRole('button', { name: 'All of __consumer_offsets' }).click();
  const title = () => page.locator('.inspected-title').textContent();
  await shows(title, '__consumer_offsets');
  assert.equal(await fact(page, 'PartitionCount'), '50');
  await shows(() => page.locator('.topic-panel h3').allTextContents(), ['__consumer_offsets-9']);
  await page.locator('.topic-panel h3 .place-link').click();
  await shows(title, '__consumer_offsets · P9');
  const newest = await page.locator('.topic-panel tbody tr').first().allTextContents();
  assert.match(newest[0], /billing.*GroupMetadata\(groupId=billing, generation=1, .*leader=c\d, members=\[c1=\[orders-0, orders-1\], c2=\[orders-2\]\]\)/);
  await page.locator('.topic-panel tbody .place-link').first().click();
  await shows(async () => /^__consumer_offsets · P9 · offset \d+$/.test(await title()), true);
  await look(page, 'billing');
  await panel.getByRole('button', { name: 'Rebalances' }).click();
  const dock = page.locator('.dock');
  await dock.waitFor();
  assert.match(await dock.locator('h2').textContent(), /^billing · generation 1 · took /);
  await dock.getByText('the rebalance in words').click();
  assert.match((await dock.locator('.told-lines .log-line').allTextContents()).join('\n'), /c1 takes orders-0/);
  await dock.locator('.phase-step').nth(1).click();
  await settled(page);
  await shows(() => panel.locator('[data-state]').getAttribute('data-state'), 'CompletingRebalance');
  await done(page);
});

test('eager and cooperative stand side by side on the same events', async () => {
  const page = await begin(browser, GROUP);
  await page.locator('.scene-menu summary').click();
  await page.locator('.scene-menu .menu-item').filter({ hasText: 'Eager beside cooperative' }).click();
  const dock = page.locator('.dock');
  await dock.waitFor();
  await shows(() => dock.locator('svg[data-chart]').count(), 2);
  assert.deepEqual(await dock.locator('.dock-branch').allTextContents(), ['range · on stage', 'cooperative-sticky']);
  const worst = await dock.locator('.measures tr').filter({ hasText: 'at once' }).locator('td').allTextContents();
  assert.deepEqual(worst, ['6 of 6', '2 of 6']);
  assert.deepEqual(await dock.locator('.cost').allTextContents(), [
    'For 258.3 ms nobody read 3 to 6 of 6 partitions, nothing at all for 240 ms of it; 3 of 6 got other readers.',
    'For 3.2 s nobody read 2 of 6 partitions, the other 4 were read all the while; 2 of 6 got other readers.',
  ]);
  assert.equal(await dock.locator('.alike').textContent(), 'The same 6 commands at the same times in both: only how billing hands out its partitions differs.');
  assert.match(await page.locator('.futures summary').textContent(), /2 futures/);
  await done(page);
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing in the group panel and the rebalances, ${colorScheme}`, async () => {
    const page = await begin(browser, GROUP, { init: axe, colorScheme });
    await page.locator('#stage [data-group=billing] [role=button]').first().focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Rebalances' }).click();
    await page.locator('.dock').waitFor();
    await page.locator('.dock').getByText('the rebalance in words').click();
    await page.locator('.group-panel').getByText('reset offsets').click();
    const found = async () => {
      const { violations } = await page.evaluate(() => window.axe.run());
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`);
    };
    assert.deepEqual(await found(), []);
    await page.getByRole('button', { name: 'All of __consumer_offsets' }).click();
    await page.locator('.topic-panel tbody tr').first().waitFor();
    assert.deepEqual(await found(), []);
    await done(page);
  });
}
