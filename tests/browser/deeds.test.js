// Everything that a visitor can do besides producing: each is done on the page
// and its effect is read from the page.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { GROUP, WINDOWS, begin, clock, hash, keys, keys_in, later, notice, produce, settled, shows, step } from './hands.js';
import { launch, open } from './page.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const button = (page, name) => page.getByRole('button', { name });
const same_as = (page) => page.locator('.same-as code').textContent();
const topics = (page) => page.locator('#stage .topic').evaluateAll((all) => all.map((one) => one.dataset.topic));
const field = (page, name) => page.locator(`[data-field=${name}]`).first();
const open_file = async (page, what) => {
  await page.locator('summary', { hasText: 'File' }).click();
  await page.getByRole('button', { name: new RegExp(`^${what}`) }).click();
};
async function commit(page, name, text) {
  await field(page, name).fill(text);
  await field(page, name).press('Enter');
}
const done = async (page) => {
  assert.deepEqual(page.complaints, []);
  await page.context().close();
};

test('undo and redo, by keys and by buttons', async () => {
  const page = await begin(browser, GROUP);
  const before_ = await hash(page);
  await produce(page, 'alice', '1');
  const after_ = await hash(page);
  assert.notEqual(after_, before_);
  // Still in the field: nothing was typed since the record was sent, so the key belongs to the page.
  await page.keyboard.press('Control+z');
  await shows(() => hash(page), before_);
  assert.match(await notice(page), /^undone: produce orders alice/);
  await page.keyboard.press('Control+Shift+Z');
  await shows(() => hash(page), after_);
  await button(page, /^undo/).click();
  await shows(() => hash(page), before_);
  await button(page, 'redo').click();
  await shows(() => hash(page), after_);
  await page.keyboard.press('Control+z');
  await page.keyboard.press('Control+y');
  await shows(() => hash(page), after_);
  // In a field that was typed into, the key belongs to the text.
  await page.locator('.produce input').first().pressSequentially('x');
  await page.keyboard.press('Control+z');
  assert.equal(await hash(page), after_);
  await done(page);
});

test('starting over can be undone and done again', async () => {
  const page = await begin(browser, GROUP);
  await produce(page, 'alice', '1');
  await later(page, () => keys(page), ['alice']);
  const then = await hash(page);
  await button(page, 'Start over').click();
  await shows(() => page.locator('.scene-menu summary').textContent().then((text) => text.trim()), 'Orders, retries and windows');
  await settled(page);
  assert.notEqual(await hash(page), then);
  assert.match(await button(page, /^undo/).getAttribute('aria-label'), /start over/);
  await button(page, /^undo/).click();
  await shows(() => hash(page), then);
  assert.deepEqual(await keys(page), ['alice']);
  await button(page, 'redo').click();
  await shows(async () => (await hash(page)) === then, false);
  await done(page);
});

test('a history is saved to a file and opened from it', async () => {
  const page = await begin(browser, GROUP, { acceptDownloads: true });
  await produce(page, 'alice', '1');
  await later(page, () => keys(page), ['alice']);
  const then = { hash: await hash(page), step: await step(page) };
  const [download] = await Promise.all([page.waitForEvent('download'), open_file(page, 'Save to a file')]);
  assert.match(download.suggestedFilename(), /\.mill$/);
  const text = await readFile(await download.path(), 'utf8');
  assert.match(text, /produce orders alice/);
  await page.context().close();

  const other = await open(browser);
  const [chooser] = await Promise.all([other.waitForEvent('filechooser'), open_file(other, 'Open a file')]);
  await chooser.setFiles({ name: 'mine.mill', mimeType: 'text/plain', buffer: Buffer.from(text) });
  await shows(() => hash(other), then.hash);
  assert.equal(await step(other), then.step);
  assert.match(await other.locator('.scene-menu summary').textContent(), /mine/);
  const [again] = await Promise.all([other.waitForEvent('filechooser'), open_file(other, 'Open a file')]);
  await again.setFiles({ name: 'broken.mill', mimeType: 'text/plain', buffer: Buffer.from('kafka-topisc --create\n') });
  await shows(() => notice(other).then((text) => /^broken\.mill: .*kafka-topics/s.test(text)), true);
  assert.equal(await hash(other), then.hash, 'what was on stage stays there');
  await done(other);
});

test('many records are pasted as JSON lines', async () => {
  const page = await begin(browser, GROUP);
  await page.getByText('paste many').click();
  const area = page.getByLabel('one JSON object a line');
  await area.fill('{"key": "alice", "value": {"amount": 1}}\n{"key": "carol"\n');
  await shows(() => page.locator('.produce .field-error').textContent().then((text) => /line 2/.test(text)), true);
  assert.equal(await button(page, /^Produce$/).last().isDisabled(), true);
  await area.fill('{"key": "alice", "value": {"amount": 1}}\n{"key": "carol", "value": 2, "partition": 1}\n{"value": null, "partition": 2}');
  await button(page, 'Produce 3 records').click();
  assert.equal(await area.inputValue(), '');
  await later(page, () => keys(page), ['alice', 'carol', 'a null key']);
  assert.deepEqual(await keys_in(page, 'orders-1'), ['carol'], 'the line said so');
  await done(page);
});

test('a topic gets another partition, and a consumer gets it', async () => {
  const page = await begin(browser, GROUP);
  await page.getByRole('button', { name: 'add a partition to orders', exact: true }).click();
  const lanes = () => page.locator('#stage .lane').count();
  await shows(lanes, 4);
  assert.match(await same_as(page), /kafka-topics --alter --topic orders --partitions 4/);
  const owned = () => page.locator('#stage [data-member]').evaluateAll((all) => all.flatMap((one) => one.dataset.owns.split(', ')).sort());
  await later(page, owned, ['P0', 'P1', 'P2', 'P3']);
  await done(page);
});

test('a window gets another size and another grace', async () => {
  const page = await begin(browser, WINDOWS);
  const subtitle = () => page.locator('#stage .board .title .subtitle').textContent().then((text) => text.split(' · ').slice(0, 2).join(' · '));
  assert.equal(await subtitle(), 'tumbling 10 s · grace 5 s');
  await commit(page, 'window-size', '20');
  await later(page, subtitle, 'tumbling 20 s · grace 5 s');
  const shown = await topics(page);
  assert.deepEqual(shown, ['orders'], 'results are no lane, while the pipeline restarts either');
  await commit(page, 'window-grace', '1s');
  await shows(() => topics(page), ['orders']);
  await later(page, subtitle, 'tumbling 20 s · grace 1 s');
  // The new version reads from the first record: both fall into [12:00:00, 12:00:20) and [12:00:20, 12:00:40).
  await later(page, () => page.locator('#stage [data-window]').evaluateAll((all) => all.map((one) => one.dataset.value)), ['1', '1']);
  await commit(page, 'window-grace', 'soon');
  assert.match(await page.locator('.pair .field-error').textContent(), /expected a duration/);
  await done(page);
});

test('the failure rule is changed, and the next record fails by it', async () => {
  const page = await begin(browser, GROUP);
  await commit(page, 'fails', 'value.amount > 100');
  await produce(page, 'alice', '{"amount": -1}');
  await produce(page, 'carol', '{"amount": 101}');
  const dead = page.locator('#stage [data-topic="orders-dlt"]');
  await later(page, () => dead.getAttribute('data-count'), '1');
  assert.deepEqual(await dead.locator('[data-key]').evaluateAll((all) => all.map((one) => one.dataset.key)), ['carol']);
  await done(page);
});

test('going back and doing something else forks, and both futures stay reachable', async () => {
  const page = await begin(browser, GROUP);
  const start = await step(page);
  await produce(page, 'alice', '1');
  await later(page, () => keys(page), ['alice']);
  const first = { hash: await hash(page), at: await clock(page) };
  const slider = page.getByRole('slider', { name: 'history' });
  while (Number(await step(page)) > Number(start)) await slider.press('PageDown');
  await shows(() => keys(page), []);
  assert.equal(await page.locator('.futures summary').count(), 0);
  await produce(page, 'carol', '2');
  await shows(() => notice(page).then((text) => /a new future begins/.test(text)), true);
  await later(page, () => keys(page), ['carol']);
  await page.locator('.futures summary').click();
  await page.locator('.futures .menu-item').filter({ hasNotText: '(here)' }).click();
  await shows(() => keys(page), ['alice']);
  await slider.press('End');
  assert.ok((await clock(page)) >= first.at);
  await page.locator('.branch-line').first().dispatchEvent('click');
  await shows(() => keys(page), ['carol']);
  await page.reload();
  await page.locator('#boot').waitFor({ state: 'detached' });
  await settled(page);
  assert.match(await page.locator('.futures summary').textContent(), /2 futures/);
  await done(page);
});
