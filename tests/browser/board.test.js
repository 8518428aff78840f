// The transaction board: what is open, where the markers lie, who waits behind the last stable offset.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { begin, is_fine, looks, shows } from './hands.js';
import { launch } from './page.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** A committed transaction, an aborted one, and two open ones; a reader of each isolation level. */
const BOARD = `network latency 5ms
kafka-topics --create --topic orders --partitions 2
app start audit --topic orders --isolation-level read_committed
app start watch --topic orders
producer start shop --topic orders --transactional-id shop-1
producer start till --topic orders --transactional-id till-1
wait 8s
producer begin shop
produce orders alice 1 --producer shop
wait 1s
producer commit shop
wait 1s
producer begin till
produce orders alice 2 --producer till
wait 1s
producer abort till
wait 1s
producer begin shop
produce orders alice 3 --producer shop
produce orders bob 3 --producer shop
wait 1s
producer begin till
produce orders alice 4 --producer till
wait 1s
`;

const desk = (page) => page.locator('[data-desk="transactions"]');
const card = (page, id) => desk(page).locator(`[data-txn="${id}"]`);
const state = (page, id) => card(page, id).locator('[data-state]').getAttribute('data-state');
/** The lane that both transactions write to. */
const lane = (page) => desk(page).locator('[data-lane]').filter({ has: page.locator('.tb-cell.is-abort') });
const kinds = (page) => lane(page).locator('.tb-cell').evaluateAll((all) => all.map((cell) => cell.getAttribute('class').split(' ')[1]));

test('the desk is there with a transactional id only, and opens by itself', async () => {
  const without = await begin(browser, 'kafka-topics --create --topic orders --partitions 1\napp start billing --topic orders\nwait 20s\n');
  await without.locator('.stage .group, .stage .member').first().waitFor();
  assert.equal(await desk(without).count(), 0);
  await without.context().close();
  const page = await begin(browser, BOARD);
  await shows(() => state(page, 'shop-1'), 'Ongoing');
  await shows(() => kinds(page), ['is-committed', 'is-commit', 'is-aborted', 'is-abort', 'is-open', 'is-open']);
  assert.equal(await lane(page).locator('.tb-span.is-open').count(), 2);
  assert.equal(await lane(page).locator('[data-reader="audit/c1"]').getAttribute('class').then((of) => of.includes('is-waiting')), true);
  assert.match(await lane(page).locator('[data-reader="watch/c1"]').getAttribute('aria-label'), /next offset 6, read_uncommitted$/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a transaction is committed by its button, and the barrier moves to the next that is open', async () => {
  const page = await begin(browser, BOARD);
  await shows(() => lane(page).getAttribute('data-stable'), '4');
  const commit = card(page, 'shop-1').getByRole('button', { name: 'Commit shop' });
  await commit.focus();
  await page.keyboard.press('Enter');
  await shows(() => page.locator('.same-as code').textContent(), 'producer commit shop');
  await page.getByRole('button', { name: /^play$/i }).click();
  await shows(() => state(page, 'shop-1'), 'CompleteCommit');
  await shows(() => lane(page).getAttribute('data-stable'), '5');
  await page.getByRole('button', { name: /^pause$/i }).click();
  // What was said of it leads back to its moment.
  await desk(page).locator('.desk-told').getByText('transaction till-1: CompleteAbort, producer epoch 1').click();
  await shows(() => kinds(page), ['is-committed', 'is-commit', 'is-aborted', 'is-abort']);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('the board is accessible and fits at three widths in both themes', async () => {
  for (const { width, name, options } of looks) {
    const page = await begin(browser, BOARD, { ...options, reducedMotion: 'reduce' });
    await shows(() => kinds(page).then((all) => all.length), 6);
    if (width > 640) await page.locator('#stage .producer').first().click();
    await is_fine(page, name);
    const picture = await desk(page).locator('.desk-scroll').evaluate((box) => box.scrollWidth <= box.clientWidth);
    assert.equal(picture, true, `${name}: the picture fits`);
    await page.context().close();
  }
});
