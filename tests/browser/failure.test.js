// What goes wrong goes wrong calmly: the module that never comes, a browser that
// keeps nothing, a page whose engine has stopped.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { GROUP, begin, hash, keys, later, notice, produce, run_of, settled, shows } from './hands.js';
import { launch, open, url } from './page.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** A page that does not get as far as the app. */
async function half_open(options, prepare = () => {}) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  await prepare(page);
  await page.goto(url, { waitUntil: 'commit' });
  return page;
}

test('without scripts the page says what it needs', async () => {
  const page = await half_open({ javaScriptEnabled: false });
  await page.locator('#no-script').waitFor();
  assert.equal(await page.locator('#boot').isVisible(), false);
  await page.context().close();
});

test('a module that cannot be loaded is said at once, one that does not come after a while', async () => {
  const refused = await half_open({}, (page) => page.route('**/*_first.lzma', (route) => route.abort()));
  await refused.getByText('could not be loaded').waitFor();
  await refused.context().close();
  const silent = await half_open({}, (page) => page.route('**/*_first.lzma', () => {}));
  const late = silent.locator('#boot .late');
  await late.waitFor({ state: 'attached' });
  assert.equal(await late.isVisible(), false);
  await silent.evaluate(() => document.getAnimations().forEach((animation) => animation.finish()));
  assert.equal(await late.isVisible(), true);
  await silent.context().close();
});

for (const [what, init] of [
  ['refuses storage', "for (const kind of ['localStorage', 'sessionStorage', 'indexedDB']) Object.defineProperty(window, kind, { get() { throw new DOMException('denied', 'SecurityError'); } });"],
  ['is full', "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"],
]) {
  test(`a browser that ${what} is mentioned once, and everything goes on`, async () => {
    const page = await begin(browser, GROUP, { init });
    await shows(() => notice(page).then((text) => text.includes('keeps nothing')), true);
    await produce(page, 'alice', '1');
    await produce(page, 'carol', '2');
    await later(page, () => keys(page), ['alice', 'carol']);
    assert.equal(await page.getByText('keeps nothing').count(), 0);
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}

test('where there is no clipboard, sharing says so and the page goes on', async () => {
  const page = await begin(browser, GROUP, { init: "Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => undefined });" });
  await page.getByRole('button', { name: 'Share' }).click();
  await shows(() => notice(page), 'the browser did not allow copying');
  await produce(page, 'alice', '1');
  await later(page, () => keys(page), ['alice']);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('an engine that has stopped leaves a calm page, with the link that shows the same again', async () => {
  const page = await begin(browser, GROUP);
  await produce(page, 'alice', '{"amount": 1}');
  const then = await hash(page);
  // What the browser promises to do later it does at once: the page's state is entered while it is held.
  await page.evaluate(() => { window.queueMicrotask = (work) => work(); });
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'step forward' }).click();
  await page.getByRole('heading', { name: 'Something in Millrace broke' }).waitFor();
  const link = page.getByRole('link', { name: 'the link that reproduces it' });
  assert.equal(await link.evaluate((element) => element === document.activeElement), true);
  const address = await link.getAttribute('href');
  const other = await open(browser, { hash: address.slice(address.indexOf('#')) });
  await settled(other);
  await shows(() => hash(other), then);
  await other.context().close();

  await page.getByRole('button', { name: 'Start over' }).click();
  await page.getByLabel('welcome').waitFor();
  await page.context().close();
});

test('the page after a failure is accessible', async () => {
  const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
  for (const colorScheme of ['light', 'dark']) {
    const page = await open(browser, { init: axe, colorScheme, hash: run_of(GROUP) });
    await page.evaluate(() => { setTimeout(() => { throw new WebAssembly.RuntimeError('unreachable'); }); });
    await page.locator('.panic-page').waitFor();
    const found = await page.evaluate(() => window.axe.run());
    assert.deepEqual(found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html)}`), []);
    await page.context().close();
  }
});

test('a file that is dropped while a field holds a draft takes the field away, and nothing breaks', async () => {
  const page = await begin(browser, GROUP);
  await page.locator('[data-field=fails]').fill('value.amount < 3');
  await page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File(['kafka-topics --create --topic other --partitions 1\n'], 'other.mill'));
    window.dispatchEvent(new DragEvent('drop', { dataTransfer }));
  });
  await shows(() => page.locator('#stage .topic').evaluateAll((all) => all.map((one) => one.dataset.topic)), ['other']);
  assert.equal(await page.locator('[data-field=fails]').count(), 0);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
