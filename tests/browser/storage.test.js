// What lies on disk: a batch byte for byte with its checksum, the shelf of segments, a lookup step by step, the cleaner's pass.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { begin, shows } from './hands.js';
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
  const offset = desk(page).getByLabel('offset', { exact: true });
  await offset.fill('5');
  await offset.press('Enter');
  await shows(() => desk(page).locator('.look').getAttribute('data-step'), '3');
  await desk(page).getByText(/holds offsets [45] to [56]: here the answer begins/).waitFor();
  await desk(page).getByRole('button', { name: 'Back', exact: true }).click();
  await shows(() => desk(page).locator('.look').getAttribute('data-step'), '2');
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

test('both are accessible and fit at three widths in both themes', async () => {
  const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
  for (const colorScheme of ['light', 'dark']) {
    for (const [width, height] of [[1440, 900], [1024, 768], [390, 844]]) {
      const page = await begin(browser, DISK, { init: axe, colorScheme, viewport: { width, height }, reducedMotion: 'reduce' });
      await open(page, 'Bytes');
      for (const tab of ['Bytes', 'Segments']) {
        await desk(page).locator(`[data-tab="${tab}"]`).click();
        await desk(page).locator(tab === 'Bytes' ? '.hex' : '.look').waitFor();
        if (width > 640) await page.locator('#stage .producer').first().click();
        const found = await page.evaluate(() => window.axe.run());
        assert.deepEqual(found.violations.map(({ id, nodes }) => `${width} ${colorScheme} ${tab} ${id}: ${nodes.map((node) => node.html)}`), []);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth);
        assert.equal(wide, true, `${width} ${tab}`);
        const inside = await desk(page).evaluate((of) => {
          const right = of.getBoundingClientRect().right + 1;
          const out = [...of.querySelectorAll('*')].filter((one) => !one.closest('.hex-box') && one.getBoundingClientRect().right > right);
          return out.map((one) => one.outerHTML.slice(0, 120));
        });
        assert.deepEqual(inside, [], `${width} ${tab}: nothing stands out`);
      }
      await page.context().close();
    }
  }
});
