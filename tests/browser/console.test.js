// The console: a whole session is typed, completed, pasted and recorded; what was
// clicked is a line; and everything works without a pointer and without seeing it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { begin, bar, hash, pause, produce, settled, shows } from './hands.js';
import { launch, open } from './page.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const START = 'kafka-topics --create --topic first\napp start first --topic first\nwait 20s\n';
const field = (page) => page.getByRole('textbox', { name: 'a line of the console' });
const entries = (page) => page.locator('.console-entry');

/** A page with the console open. */
async function opened(options) {
  const page = await begin(browser, START, options);
  await page.keyboard.press('`');
  await field(page).waitFor();
  return page;
}

/** Types a line and waits for what it prints: its output, and how it ended. */
async function type(page, line) {
  const before = await entries(page).count();
  await field(page).fill(line);
  await field(page).press('Enter');
  await shows(async () => (await entries(page).count()) > before, true);
  const last = entries(page).last();
  const out = (await last.locator('.console-out').allTextContents()).join('\n');
  return { out, exit: Number(await last.getAttribute('data-exit')) };
}

const SESSION = [
  ['kafka-topics --create --topic orders --partitions 3', /^Created topic orders\.$/],
  ['bin/kafka-topics.sh --list --bootstrap-server localhost:9092', /first\norders/],
  ['kafka-console-producer --topic orders --property parse.key=true --property key.separator=: <<EOF\nalice:{"amount": 5}\nbob:{"amount": 7}\nalice:{"amount": 1}\nEOF', /^>*$/],
  ['app start billing --topic orders --instances 2 --work 2s', /^$/],
  ['wait 15s', /^$/],
  ['kafka-consumer-groups --describe --group billing', /GROUP +TOPIC +PARTITION +CURRENT-OFFSET +LOG-END-OFFSET +LAG/],
  ['kafka-configs --alter --entity-type topics --entity-name orders --add-config retention.ms=60000', /Completed updating config for topic orders\./],
  ['kafka-configs --describe --entity-type topics --entity-name orders', /retention\.ms=60000/],
  ['consumer stop billing/c1', /^$/],
  ['consumer stop billing/c2', /^$/],
  ['wait 60s', /^$/],
  ['kafka-consumer-groups --reset-offsets --group billing --topic orders --to-earliest --execute', /NEW-OFFSET/],
  ["streams start analytics 'stream orders | group by key | count | to counts'", /^$/],
  ['run until n(counts) == 2 --within 90s', /./],
  ['kafka-console-consumer --topic counts --from-beginning --timeout-ms 2000 --property print.key=true', /alice/],
];

test('a session is typed, and its link and its script lead to the same state', async () => {
  const page = await opened();
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  for (const [line, expected] of SESSION) {
    const { out, exit } = await type(page, line);
    assert.deepEqual([line, exit], [line, 0], out);
    assert.match(out, expected, line);
  }
  const then = await hash(page);
  await page.locator('.top').getByRole('button', { name: 'Share', exact: true }).click();
  await shows(async () => (await page.evaluate(() => navigator.clipboard.readText())).includes('#run=1.'), true);
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const other = await open(browser, { hash: link.slice(link.indexOf('#')) });
  await settled(other);
  await shows(() => hash(other), then);
  await other.context().close();
  // Recorded, and typed into a console that knows nothing of it.
  await page.locator('.console-head').getByText('Session').click();
  await page.getByText('Copy as script').click();
  await shows(async () => (await page.evaluate(() => navigator.clipboard.readText())).includes('# A recorded session'), true);
  const script = await page.evaluate(() => navigator.clipboard.readText());
  for (const [line] of SESSION) assert.ok(script.includes(line), `${line}\n${script}`);
  const fresh = await open(browser);
  await fresh.locator('.scene-menu summary').click();
  await fresh.locator('.scene-menu .menu-item').filter({ hasText: 'Blank' }).first().click();
  await shows(() => fresh.locator('.scene-menu summary').textContent().then((title) => title.trim()), 'Blank');
  await pause(fresh);
  await fresh.getByRole('button', { name: 'to the start' }).click();
  await fresh.keyboard.press('`');
  await field(fresh).fill(script);
  await field(fresh).press('Enter');
  await shows(() => hash(fresh), then);
  assert.deepEqual([page.complaints, fresh.complaints], [[], []]);
  await fresh.context().close();
  await page.context().close();
});

test('a line is completed by keyboard, and comes back', async () => {
  const page = await opened();
  await field(page).pressSequentially('kafka-top');
  await field(page).press('Tab');
  await shows(() => field(page).inputValue(), 'kafka-topics ');
  await field(page).pressSequentially('--desc');
  await shows(() => page.getByRole('option').locator('code').allTextContents(), ['--describe']);
  await field(page).press('ArrowDown');
  const active = await field(page).getAttribute('aria-activedescendant');
  assert.equal(await page.locator(`[id="${active}"]`).getAttribute('aria-selected'), 'true');
  await field(page).press('Enter');
  await field(page).pressSequentially('--topic f');
  await field(page).press('Tab');
  await shows(() => field(page).inputValue(), 'kafka-topics --describe --topic first ');
  await field(page).press('Enter');
  await shows(() => entries(page).last().locator('.console-out').textContent().then((out) => /Topic: first\s+TopicId/.test(out)), true);
  await type(page, 'wait 1s');
  await field(page).press('ArrowUp');
  await field(page).press('ArrowUp');
  assert.equal(await field(page).inputValue(), 'kafka-topics --describe --topic first');
  await field(page).press('ArrowDown');
  await field(page).press('ArrowDown');
  await field(page).fill('wai');
  await field(page).press('Escape');
  await field(page).press('Control+r');
  await shows(() => field(page).inputValue(), 'wait 1s');
  // Nothing to complete: the Tab key goes on; Escape closes the console.
  await field(page).fill('');
  await field(page).press('Tab');
  assert.equal(await field(page).evaluate((element) => element === document.activeElement), false);
  await field(page).focus();
  await field(page).press('Escape');
  await field(page).waitFor({ state: 'hidden' });
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a pasted script stops at the line that fails, says which, and goes on', async () => {
  const page = await opened();
  const script = '# a script\nkafka-topics --create --topic one # first\n\nkafka-topics --create \\\n  --topic two\nkafka-topics --describe --topik one\nkafka-topics --create --topic three\n';
  await field(page).fill(script);
  await field(page).press('Enter');
  await shows(() => page.locator('.is-stopped p').textContent(), 'Stopped at line 6: 1 line was not carried out.');
  const failed = page.locator('.console-entry[data-exit="1"]');
  await shows(() => failed.locator('.console-hint').textContent(), 'did you mean --topic?');
  assert.match(await failed.locator('.console-err').textContent(), /^topik is not a recognized option/);
  assert.equal(await failed.locator('.console-exit').textContent(), 'exit 1');
  await page.getByRole('button', { name: 'Go on with the rest' }).click();
  await shows(async () => (await entries(page).last().locator('.console-out').textContent()).trim(), 'Created topic three.');
  const { out, exit } = await type(page, 'consumr crash billing/c1');
  assert.equal(exit, 2);
  assert.match(out, /found `consumr`; did you mean consumer\?/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a click is a line, and a line in the past begins a future', async () => {
  const page = await opened();
  await produce(page, 'alice', '5');
  await shows(() => page.locator('.is-clicked code').last().textContent(), 'produce first alice 5');
  await page.getByRole('slider', { name: /history|time/i }).first().focus();
  for (let i = 0; i < 3; i += 1) await page.keyboard.press('ArrowLeft');
  const { exit } = await type(page, 'kafka-topics --create --topic other');
  assert.equal(exit, 0);
  await shows(async () => /a new future begins/.test(await page.locator('.toast p').textContent()), true);
  assert.ok(await bar(page).count());
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('in a rehearsal a click only writes its line', async () => {
  const page = await opened();
  const before = await hash(page);
  await page.getByRole('button', { name: 'Rehearse' }).click();
  await produce(page, 'alice', '5');
  await shows(() => field(page).inputValue(), 'produce first alice 5');
  await page.getByRole('button', { name: 'add a partition to first' }).click();
  await shows(() => field(page).inputValue(), 'kafka-topics --alter --topic first --partitions 2');
  assert.equal(await hash(page), before);
  await page.getByRole('button', { name: 'Rehearse' }).click();
  await produce(page, 'alice', '5');
  await shows(async () => (await hash(page)) === before, false);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

for (const [width, height] of [[1440, 900], [1024, 768], [390, 844]]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`axe finds nothing on the console at ${width}, ${colorScheme}`, async () => {
      const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
      const page = await opened({ init: axe, colorScheme, viewport: { width, height }, reducedMotion: 'reduce' });
      await type(page, 'kafka-topics --describe');
      await type(page, 'kafka-topics --lst');
      await field(page).pressSequentially('kafka-con');
      await page.getByRole('option').first().waitFor();
      await field(page).press('ArrowDown');
      const found = await page.evaluate(() => window.axe.run('.console, .top'));
      assert.deepEqual(found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.html).join(' ')}`), []);
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    });
  }
}
