// What lies on disk: a batch byte for byte with its checksum, the shelf of segments, a lookup step by step, the cleaner's pass.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { begin, is_fine, looks, shows } from './hands.js';
import { launch } from './page.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const value = (n) => `'{"amount": ${n}, "city": "Bern", "street": "Bahnhofstrasse"}'`;
const keys = ['alice', 'bob', 'carol', 'alice', 'dave', 'alice', 'erin', 'bob', 'frank', 'alice', 'carol', 'erin', 'alice', 'frank'];
/** Two records a batch, a few batches a segment, an index entry for every second batch. */
const DISK = `network latency 5ms
kafka-topics --create --topic orders --partitions 1 --config internal.segment.bytes=700 --config index.interval.bytes=150 --config cleanup.policy=compact --config min.cleanable.dirty.ratio=0.9
producer start checkout --topic orders --linger 20ms --batch-size 16384
${keys.map((key, n) => `produce orders ${key} ${value(n)}\n${n % 2 ? 'wait 100ms' : ''}`).join('\n')}
wait 1s
`;

const desk = (page) => page.locator('[data-desk="storage"]');
const open = async (page, tab) => {
  await desk(page).locator('summary').first().click();
  await desk(page).locator(`[data-tab="${tab}"]`).click();
};
const verdict = (page) => desk(page).locator('.bytes-verdict strong').getAttribute('class');

test('there is nothing on disk before the first record', async () => {
  const page = await begin(browser, 'kafka-topics --create --topic orders --partitions 1\napp start billing --topic orders\nwait 20s\n');
  await page.locator('.stage .group, .stage .member').first().waitFor();
  // Kafka's own topics may hold records; the learner's does not.
  if (await desk(page).count()) {
    await open(page, 'Segments');
    assert.equal(await desk(page).getByLabel('partition', { exact: true }).locator('option').filter({ hasText: 'orders-0' }).count(), 0);
  }
  await page.context().close();
});

test('a byte is changed by keyboard: the checksum tells, and forgives the leader epoch', async () => {
  const page = await begin(browser, DISK);
  await open(page, 'Bytes');
  await shows(() => verdict(page), 'verdict is-true');
  const names = await desk(page).locator('.byte-fields .plain').allTextContents();
  assert.match(names[0], /baseOffset.*12/);
  assert.match(names[4], /crc/);
  // A field is chosen, and the byte with it.
  await desk(page).locator('.byte-fields .plain').filter({ hasText: 'alice' }).focus();
  await page.keyboard.press('Enter');
  await shows(() => desk(page).locator('.hex .is-chosen').count(), 5);
  await desk(page).getByRole('button', { name: 'Flip a bit' }).focus();
  await page.keyboard.press('Enter');
  await shows(() => verdict(page), 'verdict is-wrong');
  await desk(page).getByText(/CorruptRecordException: Record is corrupt \(stored crc = /).waitFor();
  await desk(page).getByRole('button', { name: 'As it was' }).click();
  await shows(() => verdict(page), 'verdict is-true');
  const byte = desk(page).getByLabel('byte', { exact: true });
  await byte.fill('15');
  await byte.press('Enter');
  await desk(page).getByLabel('in hexadecimal', { exact: true }).fill('09');
  await desk(page).getByRole('button', { name: 'Change', exact: true }).click();
  await desk(page).locator('.byte-fields .plain').filter({ hasText: 'partitionLeaderEpoch' }).filter({ hasText: '9' }).waitFor();
  assert.equal(await verdict(page), 'verdict is-true');
  // The same records packed.
  await desk(page).getByLabel('compression.type of this batch', { exact: true }).selectOption('zstd');
  await desk(page).locator('.byte-fields .plain').filter({ hasText: 'packed by the codec' }).waitFor();
  assert.deepEqual(await desk(page).locator('[data-codec]').evaluateAll((all) => all.map((one) => one.getAttribute('data-codec'))), ['none', 'gzip', 'snappy', 'lz4', 'zstd']);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('an offset is found step by step, and a pass of the cleaner is seen before it happens', async () => {
  const page = await begin(browser, DISK);
  await open(page, 'Segments');
  const segments = () => desk(page).locator('[data-segment]').evaluateAll((all) => all.map((one) => [one.getAttribute('data-segment'), one.classList.contains('is-active')]));
  await shows(async () => (await segments()).length > 1, true);
  assert.deepEqual((await segments()).at(0), ['0', false]);
  assert.equal((await segments()).at(-1)[1], true);
  const look = (name) => desk(page).locator('.look').getAttribute(name);
  const button = (name) => desk(page).getByRole('button', { name, exact: true });
  const offset = desk(page).getByLabel('offset', { exact: true });
  await offset.fill('5');
  await offset.press('Enter');
  // It goes on by itself, until a hand does.
  await shows(() => look('data-step'), '1');
  await button('Hold').click();
  const to_the_end = async () => {
    while (await button('Next step').isEnabled()) await button('Next step').click();
  };
  await to_the_end();
  await shows(() => look('data-verdict'), 'found');
  await desk(page).getByText(/holds offsets [45] to [56]: here the answer begins/).waitFor();
  assert.equal(await desk(page).locator('.look .is-found').count(), 1);
  const last = Number(await look('data-step'));
  await button('Back').click();
  await shows(() => look('data-step'), `${last - 1}`);
  assert.equal(await desk(page).locator('.look .is-found').count(), 0);
  // By time: the time index first, then the other.
  await desk(page).getByLabel('by', { exact: true }).selectOption('timestamp');
  const time = desk(page).getByLabel('timestamp', { exact: true });
  await time.fill('12:00:00.300');
  await time.press('Enter');
  await shows(() => desk(page).locator('.look-part h3').allTextContents().then((all) => all.map((name) => name.replace(/\d{20}/, 'N'))), ['segments, each up to', 'N.timeindex', 'N.index', 'N.log']);
  await to_the_end();
  await desk(page).getByText(/^The first record of 12:00:00.300 or later is offset \d+, of 12:00:00.\d+: that is what ListOffsets answers$/).waitFor();
  // What the indexes hold, as tables.
  assert.deepEqual(await desk(page).locator('[data-index]').evaluateAll((all) => all.map((one) => one.getAttribute('data-index'))), ['index', 'timeindex', 'snapshot']);
  assert.ok(await desk(page).locator('[data-index=index] tbody tr').count() > 0);
  const row = (n) => desk(page).locator('.pass-records').nth(n).locator('.pass-record').allTextContents();
  const [before, now] = [await row(0), await row(1)];
  assert.equal(before.length, keys.length);
  const left = now.filter((letter) => letter !== '');
  assert.ok(left.length < before.length);
  // Then it happens: what stayed is all that there is.
  await page.locator('.speed summary').click();
  await page.locator('.speed .menu-item').filter({ hasText: /^100×$/ }).click();
  await page.getByRole('button', { name: /^play$/i }).click();
  await shows(() => row(0), left);
  await page.getByRole('button', { name: /^pause$/i }).click();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('who wants no motion gets the answer and goes back from there', async () => {
  const page = await begin(browser, DISK, { reducedMotion: 'reduce' });
  await open(page, 'Segments');
  const offset = desk(page).getByLabel('offset', { exact: true });
  await offset.fill('3');
  await offset.press('Enter');
  await shows(() => desk(page).locator('.look').getAttribute('data-verdict'), 'found');
  assert.equal(await desk(page).getByRole('button', { name: 'Play the steps', exact: true }).count(), 0);
  const at = await desk(page).locator('.look').getAttribute('data-step');
  await page.waitForTimeout(1_500);
  assert.equal(await desk(page).locator('.look').getAttribute('data-step'), at);
  await page.context().close();
});

test('the cleaner reads the dirty part into its map first, and each record says why it goes', async () => {
  const page = await begin(browser, DISK);
  await open(page, 'Segments');
  const part = (name) => desk(page).locator('.pass-records').first().locator(`.pass-part.is-${name} .pass-record`);
  await shows(async () => (await part('dirty').count()) > 0 && (await part('out').count()) > 0, true);
  assert.equal(await part('clean').count(), 0);
  const goes = desk(page).locator('.pass-records').first().locator('.pass-record.goes');
  for (const says of await goes.evaluateAll((all) => all.map((one) => one.getAttribute('title')))) {
    const [, by] = says.match(/goes: offset (\d+) has the same key$/);
    assert.equal(await desk(page).locator(`[data-mapped="${by}"]`).count(), 1, says);
  }
  await page.context().close();
});

test('both are accessible and fit at three widths in both themes', async () => {
  for (const { width, name, options } of looks) {
    const page = await begin(browser, DISK, { ...options, reducedMotion: 'reduce' });
    await open(page, 'Bytes');
    for (const tab of ['Bytes', 'Segments']) {
      await desk(page).locator(`[data-tab="${tab}"]`).click();
      await desk(page).locator(tab === 'Bytes' ? '.hex' : '.look').waitFor();
      if (width > 640) await page.locator('#stage .producer').first().click();
      await is_fine(page, `${name}, ${tab}`);
      const inside = await desk(page).evaluate((of) => {
        const right = of.getBoundingClientRect().right + 1;
        const out = [...of.querySelectorAll('*')].filter((one) => !one.closest('.hex-box') && one.getBoundingClientRect().right > right);
        return out.map((one) => one.outerHTML.slice(0, 120));
      });
      assert.deepEqual(inside, [], `${name} ${tab}: nothing stands out`);
    }
    await page.context().close();
  }
});
