// A link holds a whole history: it opens elsewhere as the same state at the same
// moment; a damaged one says so and keeps what it can; none can do what it likes.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { begin, GROUP, hash, keys, notice, produce, run, run_of, settled, shows, step } from './hands.js';
import { launch, open } from './page.js';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/** The part behind `#` of the link that "Share" puts on the clipboard. */
async function share(page) {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.locator('.top').getByRole('button', { name: 'Share', exact: true }).click();
  await shows(async () => (await page.evaluate(() => navigator.clipboard.readText())).includes('#run=1.'), true);
  const link = await page.evaluate(() => navigator.clipboard.readText());
  return link.slice(link.indexOf('#'));
}

async function played() {
  const page = await begin(browser, GROUP);
  for (const [key, amount] of [['alice', 1], ['bob', -2], ['carol', 3]]) {
    await produce(page, key, `{"amount": ${amount}}`);
    await run(page, 1, async () => false);
  }
  return page;
}

test('a shared link opens in a fresh browser as the same state at the same moment', async () => {
  const page = await played();
  await page.getByRole('slider', { name: /history|time/i }).first().focus();
  for (let i = 0; i < 3; i += 1) await page.keyboard.press('ArrowLeft');
  const then = { hash: await hash(page), step: await step(page), keys: await keys(page) };
  const link = await share(page);
  assert.ok(link.length < 1_000, `${link.length} characters`);
  const other = await open(browser, { hash: link });
  await settled(other);
  await shows(() => step(other), then.step);
  assert.equal(await hash(other), then.hash);
  assert.deepEqual(await keys(other), then.keys);
  assert.deepEqual(other.complaints, []);
  await other.context().close();
  await page.context().close();
});

test('a link that breaks off says so, and what came is on stage', async () => {
  const page = await played();
  const link = await share(page);
  const other = await open(browser, { hash: link.slice(0, -24) });
  await settled(other);
  await shows(async () => /damaged: a part is missing/.test(await notice(other)), true);
  await other.locator('.files-menu, .top').getByText('File', { exact: true }).first().click();
  await other.getByText('Save what the link held').waitFor();
  assert.deepEqual(other.complaints, []);
  await other.context().close();
  await page.context().close();
});

test('the words of a damaged entry are named, the rest is kept', async () => {
  const history = 'millrace 1\nseed 1\nprofile 4.x\nbranch 0\n@12:00:00.000 #0 network latency 20ms\n'
    + '@12:00:00.000 #1 kafka-topics --create --topic orders --partitions 3\n@12:00:01.000 #9 prodcue orders a 1\n'
    + '@12:00:02.000 #10 kafka-topics --create --topic other --partitions 1\nend @12:00:03.000 #30\nplayhead 0 @12:00:03.000 #30\n';
  const page = await open(browser, { hash: run_of(history) });
  await shows(async () => /line 7, column 18: .*prodcue.*produce/s.test(await notice(page)), true);
  assert.doesNotMatch(await notice(page), /other/);
  await page.locator('#stage').getByText(/^other/).first().waitFor();
  await page.context().close();
});

test('another engine is named, and a state that is not the saved one', async () => {
  const history = (engine, digits) => run_of('millrace 1\n' + engine + 'seed 1\nprofile 4.x\nbranch 0\n'
    + '@12:00:00.000 #0 network latency 20ms\nend @12:00:03.000 #1\nplayhead 0 @12:00:03.000 #1 hash ' + digits + '\n');
  const foreign = await open(browser, { hash: history('engine 0.0.1\n', '0123456789abcdef') });
  await shows(async () => /made with Millrace 0\.0\.1, replayed with .*is another/s.test(await notice(foreign)), true);
  await foreign.context().close();
  const changed = await open(browser, { hash: history('', '0123456789abcdef') });
  await shows(async () => /not the one that was saved/.test(await notice(changed)), true);
  await changed.context().close();
});
