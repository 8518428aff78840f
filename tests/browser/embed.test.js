// Widgets in somebody else's page: another origin, under a strict policy.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { shows } from './hands.js';
import { launch, site as home_of_site } from './page.js';

const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const site = new URL(home_of_site).origin;
const element = new URL('embed/v1/embed.js', home_of_site).href;
const POLICY = `default-src 'none'; script-src ${site}; frame-src ${site}`;

let browser;
let server;
let home;
/** What the host's server answers, by path: the page's body and its policy. */
const pages = new Map();
before(async () => {
  browser = await launch();
  server = createServer((request, answer) => {
    const { body = '', policy = POLICY, head = '' } = pages.get(request.url) ?? {};
    answer.setHeader('Content-Type', 'text/html; charset=utf-8');
    answer.setHeader('Content-Security-Policy', policy);
    answer.end(`<!doctype html><html lang="en"><head><title>docs</title>${head}<script type="module" src="${element}"></script></head><body><main><h1>Docs</h1>${body}</main></body></html>`);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  home = `http://127.0.0.1:${server.address().port}`;
});
after(async () => {
  await browser?.close();
  server?.close();
});

/** A host page with that body; every event of its widgets is collected in `events`. */
async function host(body, { policy, head, ...options } = {}) {
  const path = `/${pages.size}`;
  pages.set(path, { body, policy, head });
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, ...options });
  const page = await context.newPage();
  page.asked = [];
  page.complaints = [];
  page.on('request', (request) => page.asked.push(request.url()));
  page.on('pageerror', (error) => page.complaints.push(error.message));
  page.on('console', (message) => { if (message.type() === 'error') page.complaints.push(message.text()); });
  if (options.javaScriptEnabled !== false) {
    await context.addInitScript(() => {
      if (window !== top) return;
      window.events = [];
      for (const name of ['ready', 'resize', 'step', 'error', 'check', 'complete', 'predict']) {
        addEventListener(`millrace-${name}`, ({ target, detail }) => window.events.push({ name, of: target.id, ...detail }));
      }
    });
  }
  await page.goto(home + path);
  return page;
}

const seen = (page, name) => page.evaluate((name) => window.events.filter((event) => event.name === name), name);
const ready = (page, count) => page.waitForFunction((count) => window.events.filter(({ name }) => name === 'ready').length >= count, count, { timeout: 60_000 });
const modules = (page) => page.asked.filter((address) => /\.(wasm|lzma)$/.test(address));
const engines = (page) => page.evaluate(() => [...document.querySelectorAll('millrace-embed')].filter(({ shadowRoot }) => shadowRoot.querySelector('iframe')).length);
const frame = async (page, id) => (await (await page.evaluateHandle((id) => document.getElementById(id).shadowRoot.querySelector('iframe'), id)).asElement()).contentFrame();

test('five widgets on a page of another origin, under its strict policy', async () => {
  const page = await host(`
    <millrace-embed id="keys" scenario="keys"></millrace-embed>
    <millrace-embed id="lines" seed="7" at="2s"><script type="text/plain">kafka-topics --create --topic payments --partitions 2
produce payments alice 1
wait 1s</script></millrace-embed>
    <millrace-embed id="json"><script type="application/json">{"text": ["kafka-topics --create --topic events --partitions 1", "wait 1s"], "view": "readonly", "mode": "page"}</script></millrace-embed>
    <millrace-embed id="lesson" lesson="L03"></millrace-embed>
    <millrace-embed id="late" scenario="late" controls="minimal"></millrace-embed>`, { viewport: { width: 1000, height: 4000 } });
  // Three engines run, the others wait for their turn: each is asked for something, and answers.
  const asked = await page.evaluate(async () => {
    const answers = {};
    for (const widget of document.querySelectorAll('millrace-embed')) answers[widget.id] = await widget.getState('hash');
    return answers;
  });
  assert.deepEqual(Object.keys(asked), ['keys', 'lines', 'json', 'lesson', 'late']);
  for (const [id, hash] of Object.entries(asked)) assert.match(hash, /^[0-9a-f]{16}$/, id);
  assert.equal(new Set(Object.values(asked)).size, 5, 'five worlds');
  assert.equal(await engines(page), 3);
  assert.deepEqual(await seen(page, 'error'), []);
  assert.deepEqual(page.complaints, []);
  const is_opaque = await page.evaluate(() => document.getElementById('late').shadowRoot.querySelector('iframe').getAttribute('sandbox'));
  assert.equal(is_opaque, 'allow-scripts');
  await page.context().close();
});

test('events reach the host, and its methods reach the widget', async () => {
  const page = await host('<millrace-embed id="a" scenario="keys" loading="eager"></millrace-embed>');
  await ready(page, 1);
  const [{ hash, version }] = await seen(page, 'ready');
  assert.match(hash, /^[0-9a-f]{16}$/);
  assert.match(version, /^\d+\.\d+\.\d+$/);
  const call = (name, ...args) => page.evaluate(([name, args]) => document.getElementById('a')[name](...args), [name, args]);
  const { step } = await call('getState');
  await call('step', 2);
  assert.ok((await call('getState')).step > step);
  await call('step', -1);
  const { stdout, exit } = await call('exec', 'kafka-topics --list');
  assert.deepEqual([stdout.trim(), exit], ['orders', 0]);
  assert.equal(await call('getState', 'n(orders)'), '5');
  assert.match(await call('shareUrl'), /^http.*#run=/);
  await call('run');
  await page.waitForFunction(() => window.events.some(({ name, playing }) => name === 'step' && playing));
  await call('pause');
  await call('reset');
  await shows(async () => (await call('getState', 'hash')), hash);
  const heights = await seen(page, 'resize');
  assert.ok(heights.length > 0 && heights.every(({ height }) => height > 200), 'it says how high it is');
  const room = await page.evaluate(() => document.getElementById('a').getBoundingClientRect().height);
  assert.ok(Math.abs(room - heights.at(-1).height) < 4, 'and is as high');
  await page.context().close();
});

test('what another frame says is not heard', async () => {
  const forged = `data:text/html,<script>parent.postMessage({millrace:1,id:'m1',type:'hello'},'*')</script>`;
  const page = await host(`<iframe title="other" src="${forged}"></iframe><millrace-embed id="a" scenario="keys" loading="eager"></millrace-embed>`, {
    policy: `default-src 'none'; script-src ${site} 'unsafe-inline'; frame-src ${site} data:`,
  });
  await ready(page, 1);
  const inside = await frame(page, 'a');
  const before = await page.evaluate(() => document.getElementById('a').getState('hash'));
  // The page's own window, without the channel, is no way in either.
  await page.evaluate(() => {
    const { contentWindow } = document.getElementById('a').shadowRoot.querySelector('iframe');
    contentWindow.postMessage({ millrace: 1, id: 'm1', type: 'ask', name: 'step', argument: '5' }, '*');
    const { port2 } = new MessageChannel();
    contentWindow.postMessage({ millrace: 1, id: 'm1', type: 'connect', wish: { scenario: 'late' }, dress: {} }, '*', [port2]);
    window.postMessage({ millrace: 1, id: 'm1', type: 'event', name: 'complete' }, '*');
  });
  await inside.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  assert.equal(await page.evaluate(() => document.getElementById('a').getState('hash')), before);
  assert.deepEqual(await seen(page, 'complete'), []);
  await page.context().close();
});

test('not a byte of the module comes before the widget is near', async () => {
  const page = await host('<div id="far"></div><millrace-embed id="a" scenario="keys"></millrace-embed><millrace-embed id="b" loading="click"></millrace-embed>', {
    head: '<link rel="stylesheet" href="data:text/css,%23far{height:4000px}">', policy: `${POLICY}; style-src data:`,
  });
  await page.waitForFunction(() => customElements.get('millrace-embed'));
  await page.evaluate(() => new Promise((done) => setTimeout(done, 600)));
  assert.deepEqual(modules(page), []);
  assert.deepEqual(page.asked.filter((address) => address.startsWith(site)), [element], 'the loader alone');
  await page.evaluate(() => document.getElementById('a').scrollIntoView());
  await ready(page, 1);
  assert.ok(modules(page).length > 0);
  assert.equal(await engines(page), 1, 'the one that waits for a click waits');
  await page.getByRole('button', { name: 'Run' }).last().click();
  await ready(page, 2);
  await page.context().close();
});

const rests = (page) => modules(page).filter((address) => address.endsWith('_rest.wasm')).length;

const GROUP = `kafka-topics --create --topic orders --partitions 2
producer start checkout --topic orders
app start billing --topic orders --instances 2 --work 100ms
producer rate checkout 4 --keys alice,bob,carol --value '{"amount": \${1..60}}'
wait 4s`;

test('a plain widget runs on half of its module and style until it is touched, and then looks the same', async () => {
  const page = await host(`<millrace-embed id="a" loading="click" height="640"><script type="text/plain">${GROUP}</script></millrace-embed>`);
  // By keyboard: a pointer would lie over the frame, which is a sign of use.
  await page.getByRole('button', { name: 'Run' }).press('Enter');
  await page.waitForFunction(() => window.events.filter(({ name, playing }) => name === 'step' && playing).length > 60, undefined, { timeout: 60_000 });
  assert.equal(rests(page), 0);
  await page.evaluate(() => {
    document.getElementById('a').replaceChildren();
    document.getElementById('a').setAttribute('scenario', 'keys');
  });
  await ready(page, 2);
  const inside = await frame(page, 'a');
  // What each part looks like and where it is, of all that can be seen.
  const picture = () => inside.evaluate(() => [...document.querySelectorAll('body *')].map((part) => {
    const { x, y, width, height } = part.getBoundingClientRect();
    const { color, opacity, fill, stroke, backgroundColor, borderColor, font } = getComputedStyle(part);
    return width + height === 0 ? '' : [part.tagName, x, y, width, height, color, opacity, fill, stroke, backgroundColor, borderColor, font].join(' ');
  }).filter(Boolean).join('\n'));
  // It has its height, and stands still.
  let before;
  await shows(async () => before === (before = await picture()), true);
  assert.equal(rests(page), 0);
  await inside.evaluate(() => new Promise((done) => {
    addEventListener('millrace-whole', done);
    dispatchEvent(new Event('millrace-use'));
  }));
  assert.equal(rests(page), 1);
  await inside.waitForFunction(() => [...document.styleSheets].some(({ href }) => href?.endsWith('_all.css')));
  await shows(picture, before);
  await page.context().close();
});

test('a widget that is more than plain gets both halves before it begins', async () => {
  for (const more of ['scenario="retries"', 'scenario="keys" step="3"', 'scenario="keys" lang="de"']) {
    const page = await host(`<millrace-embed id="a" ${more} loading="eager"></millrace-embed>`);
    await ready(page, 1);
    const inside = await frame(page, 'a');
    const how = await inside.evaluate(() => performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('_rest.wasm')).map(({ initiatorType }) => initiatorType));
    assert.ok(how.length > 0 && !how.includes('xmlhttprequest'), `${more}: ${how}`);
    await page.context().close();
  }
});

test('of forty widgets three run; the others are pictures that go on when they are asked', async () => {
  const page = await host(Array.from({ length: 40 }, (_, n) => `<millrace-embed id="w${n}" scenario="keys" height="400"></millrace-embed>`).join(''));
  await ready(page, 2);
  for (const n of [8, 16, 24]) {
    const before = (await seen(page, 'ready')).length;
    await page.evaluate((n) => document.getElementById(`w${n}`).scrollIntoView(), n);
    await ready(page, before + 1);
    // Who gives its engine up is asked first where it was.
    await shows(async () => (await engines(page)) <= 3, true);
  }
  const pictures = () => page.evaluate(() => [...document.querySelectorAll('millrace-embed')].filter(({ shadowRoot }) => shadowRoot.querySelector('.frozen svg .letter')).map(({ id }) => id));
  await page.waitForFunction(() => document.querySelector('#w0').shadowRoot.querySelector('.frozen svg'));
  assert.ok((await pictures()).includes('w0'));
  // It goes on where it was left.
  const before = await page.evaluate(() => window.events.find(({ name, of }) => name === 'ready' && of === 'w0').hash);
  await page.evaluate(() => document.getElementById('w0').scrollIntoView());
  await page.waitForFunction(() => window.events.filter(({ name, of }) => name === 'ready' && of === 'w0').length === 2);
  assert.equal(await page.evaluate(() => document.getElementById('w0').getState('hash')), before);
  await page.context().close();
});

test('in the page itself five share one module', async () => {
  const body = Array.from({ length: 5 }, (_, n) => `<millrace-embed id="p${n}" mode="page" scenario="keys"></millrace-embed>`).join('');
  const page = await host(body, {
    viewport: { width: 1000, height: 3000 },
    policy: `default-src 'none'; script-src ${site} 'wasm-unsafe-eval'; connect-src ${site}; style-src 'unsafe-inline'`,
  });
  await ready(page, 5);
  // A cut module is preloaded and then read: two requests for one download. Its other half may follow.
  const first = modules(page).filter((address) => !address.endsWith('_rest.wasm'));
  assert.ok(first.length <= 2 && new Set(first).size === 1, first.join(' '));
  assert.equal(await engines(page), 0, 'no frame');
  await page.evaluate(() => document.getElementById('p3').exec('produce orders zoe 1'));
  const given = (id) => page.evaluate((id) => document.getElementById(id).getState('history'), id);
  assert.match(await given('p3'), /zoe/);
  assert.doesNotMatch(await given('p4'), /zoe/, 'each is a world of its own');
  await page.context().close();
});

const FALLBACK = '<millrace-embed id="a" scenario="keys"><figure><figcaption>Five orders go to three partitions by their keys.</figcaption></figure></millrace-embed>';

test('without scripts, and until it runs, its children stand there', async () => {
  const page = await host(FALLBACK, { javaScriptEnabled: false });
  assert.ok(await page.getByText('Five orders').isVisible());
  await page.context().close();
});

test('print shows the state as it is', async () => {
  const page = await host(FALLBACK);
  await ready(page, 1);
  assert.ok(!(await page.getByText('Five orders').isVisible()), 'the widget has taken its place');
  await page.waitForFunction(() => window.events.some(({ name }) => name === 'resize'));
  await page.evaluate(() => document.getElementById('a').exec('produce orders zoe 1\nwait 2s'));
  await page.evaluate(() => new Promise((done) => setTimeout(done, 1300)));
  await page.emulateMedia({ media: 'print' });
  const letters = () => page.evaluate(() => [...document.getElementById('a').shadowRoot.querySelectorAll('.picture .lane .letter')].map(({ textContent }) => textContent).sort());
  await shows(letters, ['a', 'a', 'b', 'c', 'd', 'z']);
  assert.ok(!(await page.evaluate(() => document.getElementById('a').shadowRoot.querySelector('iframe').checkVisibility())));
  await page.context().close();
});

test('a policy that stops it is told, with the line that it lacks', async () => {
  const page = await host('<millrace-embed id="a" scenario="keys"></millrace-embed>', { policy: `default-src 'none'; script-src ${site}` });
  await page.waitForFunction(() => window.events.some(({ name }) => name === 'error'));
  const [{ code, message }] = await seen(page, 'error');
  assert.equal(code, 'csp');
  assert.ok(message.endsWith(`Add to it: frame-src ${site}`), message);
  assert.ok(await page.getByText(message).isVisible());
  await page.context().close();
});

test('by keyboard alone, in both themes, narrow and wide, and axe finds nothing', async () => {
  for (const [width, theme] of [[1000, 'light'], [360, 'dark']]) {
    const page = await host(`<millrace-embed id="a" scenario="keys" theme="${theme}" view="board+cli" loading="eager"></millrace-embed>`, { viewport: { width, height: 800 } });
    await ready(page, 1);
    const inside = await frame(page, 'a');
    assert.equal(await inside.evaluate(() => document.documentElement.dataset.theme), theme);
    const before = await page.evaluate(() => document.getElementById('a').getState());
    for (let tabs = 0; tabs < 40; tabs += 1) {
      await page.keyboard.press('Tab');
      if (await inside.evaluate(() => document.activeElement?.getAttribute('aria-label') === 'step forward')) break;
    }
    await page.keyboard.press('Enter');
    await shows(async () => (await page.evaluate(() => document.getElementById('a').getState())).step > before.step, true);
    await inside.evaluate(axe);
    const found = await inside.evaluate(() => window.axe.run());
    assert.deepEqual(found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`), []);
    assert.equal(await inside.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, 'nothing sticks out');
    await page.context().close();
  }
});

test('the page around it says which theme, also when it changes its mind', async () => {
  const page = await host('<millrace-embed id="a" scenario="keys" loading="eager"></millrace-embed>');
  await ready(page, 1);
  const inside = await frame(page, 'a');
  const theme = () => inside.evaluate(() => document.documentElement.dataset.theme);
  assert.equal(await theme(), 'auto');
  await page.evaluate(() => { document.documentElement.className = 'js navy'; });
  await shows(theme, 'dark');
  await page.evaluate(() => { document.documentElement.className = ''; document.body.setAttribute('data-md-color-scheme', 'default'); });
  await shows(theme, 'light');
  await page.evaluate(() => { document.body.removeAttribute('data-md-color-scheme'); document.documentElement.dataset.theme = 'dark'; });
  await shows(theme, 'dark');
  await page.context().close();
});
