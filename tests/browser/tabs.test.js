// Two tabs at once never overwrite each other's history.

import { after, before, test } from 'node:test';
import { GROUP, begin, keys, later, produce, run_of, settled, shows } from './hands.js';
import { launch, url } from './page.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** Produces in each, reloads both, and finds in each what was done there and nothing else. */
async function apart(left, right, both = []) {
  await produce(left, 'alice', '1');
  await produce(right, 'carol', '1');
  await produce(left, 'dave', '2');
  for (const [page, own] of [[left, ['alice', 'dave']], [right, ['carol']]]) {
    await page.reload();
    await page.locator('#boot').waitFor({ state: 'detached' });
    await settled(page);
    await later(page, async () => (await keys(page)).sort(), [...both, ...own].sort());
  }
}

test('two tabs keep two histories', async () => {
  const left = await begin(browser, GROUP);
  const right = await left.context().newPage();
  await right.goto(url + run_of(GROUP));
  await settled(right);
  await apart(left, right);
  await left.context().close();
});

test('a duplicated tab begins with the same history and goes its own way', async () => {
  const left = await begin(browser, GROUP);
  await produce(left, 'bob', '0');
  await later(left, () => keys(left), ['bob']);
  // A window that a page opens gets a copy of its session storage, as a duplicated tab does.
  const [right] = await Promise.all([left.waitForEvent('popup'), left.evaluate(() => { window.open(location.href); })]);
  await right.locator('#boot').waitFor({ state: 'detached' });
  await settled(right);
  await later(right, () => keys(right), ['bob']);
  const tab = (page) => page.evaluate(() => sessionStorage.getItem('millrace.tab'));
  await shows(async () => (await tab(left)) !== (await tab(right)), true);
  await apart(left, right, ['bob']);
  await left.context().close();
});
