// Groups by keyboard alone: members come and go, the log tells the whole rebalance, and two histories stand side by side.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { begin, run, settled, shows, speed } from './hands.js';
import { launch } from './page.js';

const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** A group without retry topics, whose consumers would rebalance as well. */
const GROUP = `network latency 20ms
kafka-topics --create --topic orders --partitions 3
app start billing --topic orders --instances 2
wait 15s
`;
/** Who owns what, and the group's state: within a rebalance others look as after it. */
const owners = async (page) => [
  ...(await page.locator('#stage [data-member]').evaluateAll((all) => all.map((one) => `${one.dataset.member} ${one.dataset.owns}`))),
  await page.locator('#stage [data-group=billing] .title .subtitle').textContent(),
];
/** Presses Tab until the focus is on something whose text or name fits. */
async function tab_to(page, wanted) {
  for (let n = 0; n < 150; n += 1) {
    const text = await page.evaluate(() => {
      const element = document.activeElement;
      return `${element.getAttribute('aria-label') ?? ''} ${element.textContent ?? ''}`.trim();
    });
    if (wanted.test(text)) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`Tab never came to ${wanted}`);
}
/** Lets time run at a speed at which the log does not fill up with hum, until the page shows what is expected. */
async function soon(page, read, expected) {
  await speed(page, '4×');
  await run(page, 60, async () => JSON.stringify(await read()) === JSON.stringify(expected));
  assert.deepEqual(await read(), expected);
}
const focused = (page) => page.evaluate(() => document.activeElement.textContent.trim());
const done = async (page) => {
  assert.deepEqual(page.complaints, []);
  await page.context().close();
};

test('members are added and removed by keyboard alone, and the log tells the whole rebalance', async () => {
  const page = await begin(browser, GROUP);
  await tab_to(page, /^Add consumer$/);
  await page.keyboard.press('Enter');
  await soon(page, () => owners(page), ['c1 P0', 'c2 P1', 'c3 P2', 'Stable · generation 2']);
  await tab_to(page, /^Add consumer$/);
  await page.keyboard.press('Enter');
  await soon(page, () => owners(page), ['c1 P0', 'c2 P1', 'c3 P2', 'c4 no partition', 'Stable · generation 3']);
  await page.locator('#stage').focus();
  await tab_to(page, /^log: the picture in words$/);
  await page.keyboard.press('Enter');
  const lines = () => page.locator('.log-panel .log-line').allTextContents();
  await shows(async () => (await lines()).length > 10, true);
  const text = (await lines()).join('\n');
  for (const said of [/You: consumer add billing/, /billing: rebalance: /, /billing: c4 joined/, /billing: c1 joined again/, /billing: generation \d+: c1, c2, c3 and c4/, /billing: c1 reads orders-0/, /c3 .*orders-2/]) {
    assert.match(text, said);
  }
  // From the top of the page again: the row of c3, its buttons.
  await page.locator('.skip').focus();
  await tab_to(page, /^c3running/);
  await page.keyboard.press('Enter');
  await tab_to(page, /^Stop c3$/);
  await page.keyboard.press('Enter');
  // The button that was pressed is gone: the row keeps the focus, not the button that came in its place.
  await shows(() => focused(page).then((text) => /^c3/.test(text)), true);
  await soon(page, () => owners(page), ['c1 P0', 'c2 P1', 'c3 no partition', 'c4 P2', 'Stable · generation 4']);
  await page.locator('.skip').focus();
  await tab_to(page, /^Restart c3$/);
  await page.keyboard.press('Enter');
  await shows(() => focused(page).then((text) => /^c3/.test(text)), true);
  await done(page);
});

test('a group says which state it is in, who its members are, and where it lives', async () => {
  const page = await begin(browser, GROUP);
  await page.locator('#stage [data-group=billing] [role=button]').first().focus();
  await page.keyboard.press('Enter');
  const panel = page.locator('.group-panel');
  await panel.waitFor();
  await shows(() => panel.locator('[data-state]').getAttribute('data-state'), 'Stable');
  assert.equal(await panel.locator('[data-line]').count(), 2);
  assert.equal(await page.locator('[data-fact=because] dd').textContent(), 'abs(hash("billing") = -109829509) % 50 = 9');
  assert.equal(await panel.locator('.lag-line').count(), 3);
  await panel.getByText('open __consumer_offsets-9').click();
  assert.ok((await panel.locator('.commits tbody tr').count()) > 0);
  await panel.getByRole('button', { name: 'Rebalances' }).click();
  const dock = page.locator('.dock');
  await dock.waitFor();
  assert.match(await dock.locator('h2').textContent(), /^billing · generation 1 · took /);
  await dock.getByText('the rebalance in words').click();
  assert.match((await dock.locator('.told-lines .log-line').allTextContents()).join('\n'), /c1 takes orders-0/);
  await dock.locator('.phase-step').nth(1).click();
  await settled(page);
  await shows(() => panel.locator('[data-state]').getAttribute('data-state'), 'CompletingRebalance');
  await done(page);
});

test('eager and cooperative stand side by side on the same events', async () => {
  const page = await begin(browser, GROUP);
  await page.locator('.scene-menu summary').click();
  await page.locator('.scene-menu .menu-item').filter({ hasText: 'Eager beside cooperative' }).click();
  const dock = page.locator('.dock');
  await dock.waitFor();
  await shows(() => dock.locator('svg[data-chart]').count(), 2);
  assert.deepEqual(await dock.locator('.dock-branch').allTextContents(), ['range · on stage', 'cooperative-sticky']);
  const worst = await dock.locator('.measures tr').filter({ hasText: 'at once' }).locator('td').allTextContents();
  assert.deepEqual(worst, ['6 of 6', '2 of 6']);
  assert.match(await page.locator('.futures summary').textContent(), /2 futures/);
  await done(page);
});

for (const colorScheme of ['light', 'dark']) {
  test(`axe finds nothing in the group panel and the rebalances, ${colorScheme}`, async () => {
    const page = await begin(browser, GROUP, { init: axe, colorScheme });
    await page.locator('#stage [data-group=billing] [role=button]').first().focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Rebalances' }).click();
    await page.locator('.dock').waitFor();
    await page.locator('.dock').getByText('the rebalance in words').click();
    const found = await page.evaluate(() => window.axe.run());
    assert.deepEqual(found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`), []);
    await done(page);
  });
}
