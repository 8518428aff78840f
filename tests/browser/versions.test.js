// Which version of Kafka answers: seen, compared, and changed for a history; undo leads back.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { begin, hash, is_fine, looks, notice, shows } from './hands.js';
import { launch } from './page.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const ORDERS = `network latency 5ms
kafka-topics --create --topic orders --partitions 1
producer start checkout --topic orders
app start billing --topic orders
wait 5s
produce orders alice 1
wait 2s
`;

const dialog = (page) => page.getByRole('dialog', { name: 'Which Kafka answers' });
/** The button is in the header; where there is no room for it, in the menu of files. */
const open = async (page) => {
  const button = page.locator('.gallery > .button').filter({ hasText: /^Kafka / });
  if (await button.isVisible()) return button.click();
  await page.locator('.gallery summary').filter({ hasText: 'File' }).click();
  await page.locator('.menu-item').filter({ hasText: "Kafka's version" }).click();
};
const version = (page) => page.locator('.gallery > .button').filter({ hasText: /^Kafka / }).textContent();
const settings = (page) => page.locator('#stage .producer .detail').allTextContents();

test('a history is told again in another version, and undo leads back', async () => {
  const page = await begin(browser, ORDERS);
  const before = await hash(page);
  assert.equal((await version(page)).trim(), 'Kafka 4.x');
  assert.deepEqual(await settings(page), ['acks=all', 'linger 5 ms']);
  await open(page);
  const chosen = () => dialog(page).locator('thead .is-chosen .version-name').textContent();
  assert.equal(await chosen(), '4.x');
  const linger = dialog(page).locator('tbody tr').filter({ hasText: 'linger.ms' }).locator('.version');
  assert.deepEqual(await linger.allTextContents(), ['0', '0', '5']);
  await dialog(page).getByRole('button', { name: 'Begin anew as 3.9' }).click();
  await shows(async () => (await version(page)).trim(), 'Kafka 3.9');
  await shows(() => settings(page), ['acks=all', 'linger 0 ms']);
  assert.match(await notice(page), /this is Kafka 3.9 now/);
  // The same commands, each at its time, and the same record at the end.
  assert.equal(await page.locator('.time .clock').textContent().then((clock) => clock.slice(0, 8)), '12:00:07');
  assert.equal(await page.locator('#stage [data-tp="orders-0"]').count(), 1);
  // It is kept like any history.
  await page.reload();
  await shows(async () => (await version(page)).trim(), 'Kafka 3.9');
  assert.deepEqual(page.complaints, []);
  await page.context().close();

  const again = await begin(browser, ORDERS);
  await open(again);
  await dialog(again).getByRole('button', { name: 'Begin anew as 4.0-snapshot' }).click();
  await shows(async () => (await version(again)).trim(), 'Kafka 4.0-snapshot');
  await again.keyboard.press('Control+z');
  await shows(async () => (await version(again)).trim(), 'Kafka 4.x');
  assert.equal(await hash(again), before);
  await again.context().close();
});

test('what an older version does not know is left out by name', async () => {
  const page = await begin(browser, `${ORDERS}app start mail --topic orders --group-protocol consumer\nwait 1s\n`);
  await open(page);
  await dialog(page).getByRole('button', { name: 'Begin anew as 3.9' }).click();
  await shows(async () => (await version(page)).trim(), 'Kafka 3.9');
  await page.locator('.toast.error').waitFor();
  assert.match(await notice(page), /left out:.*mail|left out:.*command/s);
  assert.deepEqual(await page.locator('#stage [data-group].group').evaluateAll((all) => all.map((one) => one.getAttribute('data-group'))), ['billing']);
  await page.context().close();
});

test('short signs on stage have plain words, for a pointer and for a screen reader', async () => {
  const page = await begin(browser, `network latency 5ms
kafka-topics --create --topic orders --partitions 3
producer start checkout --topic orders
streams start counts 'stream orders | group by key | count | to per-customer'
wait 8s
${'produce orders alice 1\n'.repeat(40)}wait 5s
`);
  const words = (selector) => page.locator(`#stage ${selector}`).first().evaluate((of) => [...of.children].find((child) => child.tagName === 'title')?.textContent ?? '');
  await shows(() => words('.topic .title'), "key → murmur2 mod 3: the key's hash (murmur2) modulo 3 partitions is where a record goes");
  assert.match(await words('.producer'), /acks=all: the producer waits until all in-sync replicas have its records/);
  assert.match(await words('.chip'), /^the task of sub-topology 0, partition \d$/);
  assert.match(await words('.earlier-sign'), /^\d+ older records that are not drawn$/);
  await page.getByRole('button', { name: /modulo 3 partitions is where a record goes/ }).first().waitFor();
  await page.getByRole('button', { name: /waits until all in-sync replicas/ }).waitFor();
  await page.getByRole('button', { name: /owns the task of sub-topology 0/ }).waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('the dialog is accessible and fits at three widths in both themes', async () => {
  for (const { name, options } of looks) {
    const page = await begin(browser, ORDERS, options);
    await open(page);
    await dialog(page).locator('table').waitFor();
    await is_fine(page, name);
    const inside = await dialog(page).evaluate((of) => [...of.querySelectorAll('.dialog-body, .dialog-body *')].filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0).map((one) => one.outerHTML.slice(0, 120)));
    assert.deepEqual(inside, [], `${name}: nothing stands out`);
    await page.context().close();
  }
});
