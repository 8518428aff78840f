// A cluster's brokers as rooms: who leads, who is behind, what is waited for; a crash, an election, records that fall.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { begin, is_fine, later, looks, pause, play, produce, run, settled, shows } from './hands.js';
import { launch, open } from './page.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** Three brokers, one partition led by broker 1, a record everywhere, one on its way to the followers. */
const THREE = `network latency 200ms
cluster start --brokers 3 --racks a,b,c --override broker.session.timeout.ms=6000 --override auto.leader.rebalance.enable=false
wait 3s
kafka-topics --create --topic orders --replica-assignment 1:2:3
wait 2s
producer start checkout --topic orders --acks all
produce orders alice 1
wait 4s
produce orders bob 2
wait 250ms
`;

/** The leader has two acknowledged records that nobody else has, and dies. */
const LOST = `network latency 100ms
cluster start --brokers 3 --override broker.session.timeout.ms=6000 --override auto.leader.rebalance.enable=false
wait 3s
kafka-topics --create --topic orders --replica-assignment 1:2:3
wait 1s
producer start checkout --topic orders --acks 1
produce orders alice 1
wait 2s
produce orders bob 1
wait 50ms
produce orders carol 2
wait 120ms
broker crash broker-1
wait 8s
broker restart broker-1
wait 300ms
`;

const desk = (page) => page.locator('[data-desk="cluster"]');
const state = (page, n) => desk(page).locator(`.room[data-broker="broker-${n}"]`).getAttribute('data-state');
const replica = (page, n, tp = 'orders-0') => desk(page).locator(`.room[data-broker="broker-${n}"] [data-replica="${tp}"]`);
const ends = async (page) => Promise.all([1, 2, 3].map((n) => replica(page, n).getAttribute('data-end')));
const role = async (page, n) => (await replica(page, n).getAttribute('class')).replace('replica is-', '');

test('the desk is there in a cluster only, and opens by itself', async () => {
  const alone = await begin(browser, 'kafka-topics --create --topic orders --partitions 1\napp start billing --topic orders\nwait 20s\n');
  await alone.locator('.stage .group, .stage .member').first().waitFor();
  assert.equal(await desk(alone).count(), 0);
  await alone.context().close();
  const page = await begin(browser, THREE);
  await shows(() => desk(page).locator('.room[data-broker]').count(), 3);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('acks=all waits for the followers, and the high watermark follows them', async () => {
  const page = await begin(browser, THREE);
  const watermark = () => desk(page).locator('[data-partition="orders-0"]').getAttribute('data-watermark');
  await shows(() => ends(page), ['2', '1', '1']);
  await shows(watermark, '1');
  assert.equal(await replica(page, 2).locator('.lag').count(), 1);
  assert.deepEqual(await desk(page).locator('[data-pip]').evaluateAll((all) => all.map((pip) => pip.classList.contains('is-there'))), [true, false, false]);
  assert.match(await desk(page).locator('.ack').getAttribute('aria-label'), /broker-1: has it, broker-2: not yet, broker-3: not yet/);
  await later(page, watermark, '2');
  assert.deepEqual(await ends(page), ['2', '2', '2']);
  assert.equal(await desk(page).locator('.ack').count(), 0);
  await page.context().close();
});

test('a leader is crashed by its button, another is elected, and the desk says so', async () => {
  const page = await begin(browser, THREE);
  await shows(() => role(page, 1), 'leader');
  const room = desk(page).locator('[data-deeds="broker-1"]');
  assert.deepEqual(await room.getByRole('button').allTextContents(), ['Pause', 'Stop', 'Crash']);
  await room.getByRole('button', { name: 'Crash broker-1' }).focus();
  await page.keyboard.press('Enter');
  await shows(() => state(page, 1), 'crashed');
  await shows(() => page.locator('.same-as code').textContent(), 'broker crash broker-1');
  assert.deepEqual(await room.getByRole('button').allTextContents(), ['Restart']);
  await later(page, () => role(page, 2), 'leader');
  assert.equal(await replica(page, 1).getAttribute('data-in-sync'), 'false');
  await desk(page).locator('.desk-told').getByText(/broker-2 is elected leader of orders-0 out of the in-sync replicas 1, 2, 3; in sync now 2, 3, leader epoch 1/).waitFor();
  await room.getByRole('button', { name: 'Restart broker-1' }).click();
  await later(page, () => state(page, 1), 'running');
  await later(page, () => replica(page, 1).getAttribute('data-in-sync'), 'true');
  await desk(page).getByRole('button', { name: 'Elect the preferred leader: orders-0' }).click();
  await later(page, () => role(page, 1), 'leader');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a paused leader takes itself for the leader after another was elected', async () => {
  const page = await begin(browser, THREE);
  await desk(page).getByRole('button', { name: 'Pause broker-1' }).click();
  await shows(() => state(page, 1), 'paused');
  await later(page, () => role(page, 1), 'zombie');
  await desk(page).getByRole('button', { name: 'Resume broker-1' }).click();
  await later(page, () => role(page, 1), 'follower');
  await page.context().close();
});

test('what only the dead leader had falls when it comes back', async () => {
  const page = await begin(browser, LOST);
  // It falls for a moment only: time runs as fast as it is watched.
  const fallen = () => replica(page, 1).locator('[data-fallen]').evaluateAll((all) => all.map((one) => one.textContent));
  let seen = [];
  assert.notEqual(await run(page, 30, async () => (seen = await fallen()).length > 0), undefined);
  assert.deepEqual(seen, ['c']);
  await shows(() => replica(page, 1).getAttribute('data-end'), '2');
  const line = desk(page).locator('.desk-told').getByText(/broker-1 takes back 1 record that its leader does not have: its log ends at 2, not at 3/);
  await line.waitFor();
  // Its sentence leads to its moment.
  await produce(page, 'dave', '1');
  await play(page);
  await page.waitForTimeout(300);
  await pause(page);
  await line.click();
  await shows(() => replica(page, 1).getAttribute('data-end'), '2');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('the scene begins with three brokers that take part', async () => {
  const page = await open(browser);
  await page.mouse.move(300, 300);
  await page.locator('summary').filter({ hasText: 'Orders, retries and windows' }).click();
  await page.locator('.menu-item').filter({ hasText: 'Three brokers' }).click();
  await settled(page);
  await shows(async () => Promise.all([1, 2, 3].map((n) => state(page, n))), ['running', 'running', 'running']);
  assert.equal(await desk(page).locator('[data-partition]').count(), 2);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('the rooms are accessible and fit at three widths in both themes', async () => {
  for (const { width, name, options } of looks) {
    const page = await begin(browser, LOST, { ...options, reducedMotion: 'reduce' });
    await shows(() => desk(page).locator('.room[data-broker]').count(), 3);
    if (width > 640) await page.locator('#stage .producer').click();
    await is_fine(page, name);
    const picture = await desk(page).locator('.desk-scroll').evaluate((box) => box.scrollWidth <= box.clientWidth);
    assert.equal(picture, true, `${name}: the picture fits`);
    await page.context().close();
  }
});
