// What a person does on the page, for the tests: they begin a history, let virtual
// time pass, produce, and read what the page shows from the DOM.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { open } from './page.js';

const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

/** How a page is looked at: at three widths in both themes. `options` open it so; `is_fine` can be asked of it. */
export const looks = ['light', 'dark'].flatMap((colorScheme) => [[1440, 900], [1024, 768], [390, 844]].map(([width, height]) => (
  { width, colorScheme, name: `${width}, ${colorScheme}`, options: { init: axe, colorScheme, viewport: { width, height } } })));

/** axe finds nothing on a page that was opened with `options` of a look, and nothing is wider than it. */
export async function is_fine(page, name) {
  const found = await page.evaluate(() => window.axe.run());
  assert.deepEqual(found.violations.map(({ id, nodes }) => `${name} ${id}: ${nodes.map((node) => node.html)}`), []);
  const [wide, room] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  assert.ok(wide <= room, `${name}: ${wide} px on a page of ${room}`);
}

/** The address part that holds these lines as a history. */
export const run_of = (script) => `#run=${Buffer.from(script).toString('base64url')}`;

/** A page whose history begins with these lines, paused. */
export async function begin(browser, script, options = {}) {
  const page = await open(browser, { hash: run_of(script), ...options });
  await settled(page);
  return page;
}

/** Waits until a history is on stage, and stops time. */
export async function settled(page) {
  await page.locator('#stage').waitFor();
  // A linked history is replayed in slices, frame by frame.
  await shows(async () => Number(await bar(page).getAttribute('data-step')) > 20, true);
  await page.waitForFunction(() => !document.querySelector('.progress'));
  await pause(page);
}

export const bar = (page) => page.locator('[data-playing]');
export const step = (page) => bar(page).getAttribute('data-step');
export const hash = (page) => bar(page).getAttribute('data-hash');
const is_playing = async (page) => (await bar(page).getAttribute('data-playing')) === 'true';
export const pause = async (page) => {
  if (await is_playing(page)) await page.getByRole('button', { name: /^pause$/i }).click();
};
export const play = async (page) => {
  if (!(await is_playing(page))) await page.getByRole('button', { name: /^play$/i }).click();
};

const seconds = (clock) => {
  const [h, m, s] = clock.match(/(\d+):(\d+):([\d.]+)/).slice(1).map(Number);
  return h * 3600 + m * 60 + s;
};
export const clock = async (page) => seconds(await page.locator('.time .clock').textContent());

/** Lets virtual time run until `done`, at most `limit` seconds of it; how long it took, or undefined. */
export async function run(page, limit, done) {
  const start = await clock(page);
  await play(page);
  try {
    for (;;) {
      if (await done()) return (await clock(page)) - start;
      if ((await clock(page)) - start > limit) return undefined;
      await page.waitForTimeout(40);
    }
  } finally {
    await pause(page);
  }
}

/** Lets virtual time run as fast as it can until the page shows what is expected. */
export async function later(page, read, expected) {
  await speed(page, '100×');
  await play(page);
  await shows(read, expected);
  await pause(page);
}

/** Waits until the page shows what is expected: the picture is drawn with the browser's frames. */
export async function shows(read, expected) {
  let seen;
  for (let tries = 0; tries < 100; tries += 1) {
    seen = await read();
    try {
      assert.deepEqual(seen, expected);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
  assert.deepEqual(seen, expected);
}

export async function speed(page, label) {
  await page.locator('.speed summary').click();
  await page.locator('.speed .menu-item').filter({ hasText: new RegExp(`^${label}$`) }).click();
}

export async function produce(page, key, value) {
  const form = page.locator('.produce');
  await form.getByLabel('key', { exact: true }).fill(key);
  await form.getByLabel('value', { exact: true }).fill(value);
  await form.getByLabel('value', { exact: true }).press('Enter');
}

export const keys_in = (page, lane) =>
  page.locator(`#stage [data-tp="${lane}"]`).evaluateAll((cells) => cells.map((cell) => cell.getAttribute('data-key')));
/** All keys on lanes, in the order of their partitions. */
export const keys = (page) =>
  page.locator('#stage .lane [data-key]').evaluateAll((cells) => cells.map((cell) => cell.getAttribute('data-key')));
export const notice = (page) => page.locator('.toast p').textContent();

/** Three partitions, two instances of billing that fail on negative amounts, a retry chain. */
export const GROUP = `network latency 20ms
kafka-topics --create --topic orders --partitions 3
producer start checkout --topic orders
app start billing --topic orders --instances 2 --session-timeout 10s --fails 'value.amount < 0' --as IllegalArgumentException --retry topics --attempts 3 --backoff 1s
wait 15s
`;

/** One partition, counted in windows of ten seconds with five of grace. */
export const WINDOWS = `network latency 20ms
kafka-topics --create --topic orders --partitions 1
producer start checkout --topic orders
streams start analytics 'stream orders | group by key | window tumbling 10s grace 5s | count | to per-customer'
wait 10s
produce orders alice 1 --timestamp 12:00:11
wait 1s
produce orders alice 2 --timestamp 12:00:24.999
wait 2s
`;
