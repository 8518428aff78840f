// The time machine: futures named, compared and deleted, bookmarks, time that
// runs until something holds, files dropped on the page. By keyboard throughout.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { begin, GROUP, hash, keys, notice, produce, run, settled, shows, step } from './hands.js';
import { launch, open } from './page.js';

let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

const slider = (page) => page.getByRole('slider', { name: 'history' });
const album = (page) => page.getByRole('dialog', { name: 'Futures and bookmarks' });
const names = (page) => album(page).locator('.future-name').evaluateAll((all) => all.map((one) => one.value));

/** Presses keys as they are heard everywhere on the page. */
async function press(page, ...all) {
  await slider(page).focus();
  for (const key of all) await page.keyboard.press(key);
}

/** Closes the panel of futures, and waits until it is. */
async function shut(page) {
  await page.keyboard.press('Escape');
  await shows(() => album(page).count(), 0);
}

/** Two futures: bob's order fails in the second, which is on stage, paused, at its end. */
async function two(options = {}) {
  const page = await begin(browser, GROUP, options);
  // The second half of the page comes with the first sign of use.
  await page.keyboard.press('Shift');
  await page.locator('.moments summary').waitFor();
  await produce(page, 'alice', '{"amount": 1}');
  await run(page, 4, async () => false);
  await press(page, 'PageDown');
  await produce(page, 'bob', '{"amount": -2}');
  await run(page, 3, async () => false);
  await page.locator('.futures summary').waitFor();
  return page;
}

async function done(page) {
  assert.deepEqual(page.complaints, []);
  await page.context().close();
}

test('futures are named, gone to and deleted by keyboard, and all of it is undone and done again', async () => {
  const page = await two();
  await press(page, 'f');
  assert.deepEqual(await names(page), ['future 1', 'future 2']);
  const name = album(page).getByLabel('name of future 2');
  await name.focus();
  await page.keyboard.press('Control+A');
  await page.keyboard.type('bob fails');
  await page.keyboard.press('Enter');
  await shows(() => names(page), ['future 1', 'bob fails']);
  const taken = album(page).getByLabel('name of future 1');
  await taken.fill('bob fails');
  await taken.press('Enter');
  await shows(async () => /there is a bob fails already/.test(await notice(page)), true);
  await shows(() => names(page), ['future 1', 'bob fails']);
  const drop = album(page).getByRole('button', { name: 'Delete' });
  assert.equal(await drop.nth(1).isDisabled(), true, 'the one on stage stays');
  await drop.first().focus();
  await page.keyboard.press('Enter');
  await shows(() => names(page), ['bob fails']);
  await shut(page);
  await press(page, 'Control+z');
  await shows(async () => /undone: branch delete 1/.test(await notice(page)), true);
  await press(page, 'Control+z', 'f');
  await shows(() => names(page), ['future 1', 'future 2']);
  await shut(page);
  await press(page, 'Control+Shift+z');
  await shows(async () => /done again: branch rename 2 'bob fails'/.test(await notice(page)), true);
  await press(page, 'f');
  const go = album(page).getByRole('button', { name: 'Switch' }).first();
  await go.focus();
  await page.keyboard.press('Enter');
  await shows(() => keys(page), ['alice']);
  await done(page);
});

test('bookmarks are set, jumped to and kept in the link, with the names of futures', async () => {
  const page = await two();
  await press(page, 'b');
  const late = await step(page);
  await press(page, 'PageDown', 'f');
  await album(page).getByLabel('name of this moment').fill('before it all');
  await page.keyboard.press('Enter');
  await shows(() => album(page).locator('.bookmark-list .menu-item').count(), 2);
  await album(page).getByLabel('name of future 2').fill('calm');
  await page.keyboard.press('Enter');
  await shut(page);
  const early = { step: await step(page), hash: await hash(page) };
  await press(page, '.');
  await shows(() => step(page), late);
  await press(page, ',');
  await shows(() => step(page), early.step);
  assert.equal(await hash(page), early.hash);
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await page.locator('.top').getByRole('button', { name: 'Share', exact: true }).click();
  await shows(async () => (await page.evaluate(() => navigator.clipboard.readText())).includes('#run=1.'), true);
  const link = await page.evaluate(() => navigator.clipboard.readText());
  const other = await open(browser, { hash: link.slice(link.indexOf('#')) });
  await settled(other);
  await press(other, '.');
  await shows(() => step(other), late);
  assert.equal(await other.locator('.flags .flag').count(), 2);
  await press(other, 'f');
  assert.deepEqual(await names(other), ['future 1', 'calm']);
  await done(other);
  await done(page);
});

test('time runs until something holds, and stops at that step; what is wrong is said at its place', async () => {
  const page = await two();
  await press(page, 'PageDown', 'u');
  const field = page.getByRole('combobox', { name: 'run until' });
  await shows(() => field.evaluate((one) => one === document.activeElement), true);
  const offers = () => page.locator('#until-offers option').evaluateAll((all) => all.map((one) => one.value));
  await field.fill('lag(');
  await shows(offers, ['lag(billing)']);
  await field.fill('dead(billing) => 1');
  await field.press('Enter');
  const says = page.locator('#until-says');
  await shows(async () => /column 15: expected == .* found `=`/.test(await says.textContent()), true);
  await field.fill('dead(billing) == 1');
  await field.press('Enter');
  await shows(async () => /holds at 12:.* after \d+\.\d{3} s and \d+ steps/.test(await says.textContent()), true);
  await shows(async () => page.locator('.same-as code').textContent(), 'run until dead(billing) == 1 --within 1m');
  const there = Number(await step(page));
  await page.getByRole('button', { name: 'step back' }).click({ modifiers: ['Shift'] });
  await shows(() => step(page), String(there - 1));
  await field.press('Enter');
  await shows(async () => / 1 step$/.test((await says.textContent()).trim()), true);
  assert.equal(Number(await step(page)), there);
  await field.fill('dead(billing) >= 1');
  await page.getByRole('button', { name: 'Back to when not' }).click();
  await shows(async () => new RegExp(`after step ${there - 1} it did not hold yet`).test(await says.textContent()), true);
  await field.fill('dead(billing) == 7');
  await page.getByLabel('at most').selectOption('10');
  await field.press('Enter');
  await shows(async () => /not within 10s: expected dead\(billing\) == 7, but it is 1/.test(await says.textContent()), true);
  await field.press('Escape');
  assert.equal(await page.locator('.until').count(), 0);
  await done(page);
});

test('two futures stand side by side at the same time, and what differs is marked and listed', async () => {
  const page = await two();
  const played = await hash(page);
  await press(page, 'c');
  const both = page.getByRole('region', { name: 'two futures side by side' });
  const other = both.locator('.beside-stage').nth(1);
  await shows(async () => (await other.getAttribute('data-hash')).length, 16);
  assert.notEqual(await other.getAttribute('data-hash'), played);
  const row = both.locator('tr.is-different', { hasText: 'orders-0 first record that differs' });
  await row.waitFor();
  const sign = await row.locator('th').evaluate((one) => getComputedStyle(one, '::after').content);
  assert.match(sign, /≠/);
  assert.ok((await both.locator('.differs-mark text').allTextContents()).every((text) => text === '≠'));
  assert.ok((await both.locator('.differs-mark').count()) >= 2);
  assert.match(await both.getByRole('status').textContent(), /things differ: .* in topics/);
  const clocks = () => both.locator('figcaption .number').allTextContents();
  await press(page, 'PageDown', 'PageDown');
  const [one, two_] = await clocks();
  assert.equal(one, two_);
  await shows(async () => (await both.getByRole('status').textContent()).includes('Nothing differs'), true);
  await shows(() => other.getAttribute('data-hash'), await hash(page));
  await press(page, 'End');
  await both.getByRole('button', { name: 'Exchange' }).focus();
  await page.keyboard.press('Enter');
  await shows(() => both.locator('figcaption b').allTextContents(), ['future 1 · played', 'future 2']);
  await shows(() => other.getAttribute('data-hash'), played);
  await page.keyboard.press('Escape');
  await shows(() => both.count(), 0);
  await done(page);
});

/** Drops a text as a file on the stage. */
const drop = (page, name, text) =>
  page.evaluate(
    ([name, text]) => {
      const data = new DataTransfer();
      data.items.add(new File([text], name));
      const stage = document.querySelector('#stage');
      for (const type of ['dragover', 'drop']) {
        stage.dispatchEvent(new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
      }
    },
    [name, text],
  );

test('a damaged file that is dropped names its bad entry and keeps the rest', async () => {
  const page = await begin(browser, GROUP);
  const before = await hash(page);
  await page.keyboard.press('Shift');
  await page.locator('.moments summary').waitFor();
  const file = 'millrace 1\nseed 1\nprofile 4.x\nbranch 0\nname mended\n@12:00:00.000 #0 network latency 20ms\n'
    + '@12:00:00.000 #1 kafka-topics --create --topic orders --partitions 3\n@12:00:01.000 #9 prodcue orders a 1\n'
    + '@12:00:02.000 #10 kafka-topics --create --topic other --partitions 1\nbookmark @12:00:02.500 #12 kept\n'
    + 'end @12:00:03.000 #30\nplayhead 0 @12:00:03.000 #30\n';
  await drop(page, 'broken.mill', file);
  await shows(async () => /line 8, column 18: .*prodcue.*produce/s.test(await notice(page)), true);
  assert.doesNotMatch(await notice(page), /other/);
  await page.locator('#stage').getByText(/^other/).first().waitFor();
  await press(page, 'f');
  assert.deepEqual(await names(page), ['mended']);
  assert.match(await album(page).locator('.bookmark-list').textContent(), /kept.*12:00:02\.500/);
  await shut(page);
  await drop(page, 'not.mill', 'millrace 9\n');
  await shows(async () => /not\.mill: .*first line of a save file that this version can read/.test(await notice(page)), true);
  // Its three commands first, then the file itself.
  await press(page, 'Control+z', 'Control+z', 'Control+z', 'Control+z');
  await shows(() => hash(page), before);
  await done(page);
});

test('a script in a link runs until something holds, a slice at a time, and says what did not come about', async () => {
  const script = `${GROUP}produce orders bob '{"amount": -2}'\nrun until dead(billing) == 1\nrun until dead(billing) == 2 --within 10m\n`;
  const page = await open(browser, { hash: `#run=${Buffer.from(script).toString('base64url')}` });
  await shows(async () => /line 8: not within 10m: expected dead\(billing\) == 2, but it is 1/.test(await notice(page)), true);
  await done(page);
});

test('what a link from another engine held is saved unchanged', async () => {
  const history = 'millrace 1\nengine 0.0.1\nseed 1\nprofile 4.x\nbranch 0\n@12:00:00.000 #0 network latency 20ms\n'
    + 'end @12:00:03.000 #1\nplayhead 0 @12:00:03.000 #1 hash 0123456789abcdef\n';
  const page = await open(browser, { hash: `#run=${Buffer.from(history).toString('base64url')}` });
  await shows(async () => /made with Millrace 0\.0\.1.*another/s.test(await notice(page)), true);
  await page.locator('.top').getByText('File', { exact: true }).click();
  const saved = page.waitForEvent('download');
  await page.getByText('Save what the link held').click();
  assert.equal(await readFile(await (await saved).path(), 'utf8'), history);
  await done(page);
});

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
for (const [width, height] of [[1440, 900], [1024, 900], [390, 844]]) {
  test(`the panels of time are fine for axe at ${width}`, async () => {
    for (const colorScheme of ['light', 'dark']) {
      const page = await two_or_sheet(width, height, colorScheme);
      await page.evaluate(await readFile(axe, 'utf8'));
      const check = async (what) => {
        const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }));
        assert.deepEqual(violations.map(({ id, nodes }) => `${what} ${id}: ${nodes.map((n) => n.target).join(' ')}`), []);
      };
      await press(page, 'b', 'u');
      await page.getByRole('combobox', { name: 'run until' }).fill('lag(biling');
      await page.keyboard.press('Enter');
      await check('until');
      await page.keyboard.press('Escape');
      await press(page, 'f');
      await album(page).waitFor();
      await check('futures');
      await shut(page);
      await press(page, 'c');
      await page.locator('.beside .differs-mark').first().waitFor();
      await check('side by side');
      await page.context().close();
    }
  });
}

/** Two futures at any width: on a phone the form is on a sheet of its own. */
async function two_or_sheet(width, height, colorScheme) {
  const page = await begin(browser, GROUP, { viewport: { width, height }, colorScheme });
  await page.keyboard.press('Shift');
  await page.locator('.moments summary').waitFor();
  const sheet = page.locator('.tabs .tab');
  if (width < 641) await sheet.nth(1).click();
  await produce(page, 'alice', '{"amount": 1}');
  await run(page, 4, async () => false);
  await press(page, 'PageDown');
  await produce(page, 'bob', '{"amount": -2}');
  await run(page, 2, async () => false);
  if (width < 641) await sheet.first().click();
  return page;
}
