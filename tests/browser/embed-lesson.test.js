// A lesson in a widget, in somebody else's page: its desk, what it tells the page, and what print shows of it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import { shows } from './hands.js';
import { launch, site as home_of_site } from './page.js';

const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
const site = new URL(home_of_site).origin;
const element = new URL('embed/v1/embed.js', home_of_site).href;
const FRAMED = `default-src 'none'; script-src ${site}; frame-src ${site}`;
const IN_PAGE = `default-src 'none'; script-src ${site} 'wasm-unsafe-eval'; connect-src ${site}; style-src 'unsafe-inline'`;

let browser;
let server;
let host;
before(async () => {
  browser = await launch();
  server = createServer((request, answer) => {
    const { searchParams } = new URL(request.url, host);
    answer.setHeader('Content-Type', 'text/html; charset=utf-8');
    answer.setHeader('Content-Security-Policy', searchParams.get('policy'));
    answer.end(`<!doctype html><html lang="${searchParams.get('lang')}"><head><title>docs</title><script type="module" src="${element}"></script></head><body><main><h1>Docs</h1>${searchParams.get('body')}</main></body></html>`);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  host = `http://127.0.0.1:${server.address().port}`;
});
after(async () => {
  await browser?.close();
  server?.close();
});

/** A host page with widgets, all of whose events are kept in `events`. */
async function begin(body, { policy = FRAMED, lang = 'en', width = 1000, height = 900, count = 1 } = {}) {
  const context = await browser.newContext({ viewport: { width, height } });
  const page = await context.newPage();
  page.complaints = [];
  page.on('pageerror', (error) => page.complaints.push(error.message));
  page.on('console', (message) => { if (message.type() === 'error') page.complaints.push(message.text()); });
  await context.addInitScript(() => {
    if (window !== top) return;
    window.events = [];
    for (const name of ['ready', 'error', 'predict', 'check', 'complete']) {
      addEventListener(`millrace-${name}`, ({ target, detail }) => window.events.push({ name, of: target.id, detail }));
    }
  });
  await page.goto(`${host}/?${new URLSearchParams({ policy, lang, body })}`);
  await page.waitForFunction((count) => window.events.filter(({ name }) => name === 'ready').length >= count, count, { timeout: 60_000 });
  return page;
}

const told = (page, name) => page.evaluate((name) => window.events.filter((event) => event.name === name).map(({ detail }) => detail), name);
const hears = (page, name, count) => page.waitForFunction(([name, count]) => window.events.filter((event) => event.name === name).length >= count, [name, count]);
const ask = (page, method, ...args) => page.evaluate(([method, args]) => document.getElementById('a')[method](...args), [method, args]);
/** Where the widget's own document is: its frame, or the page. */
const inside = async (page, id = 'a') => {
  const frame = await page.evaluateHandle((id) => document.getElementById(id).shadowRoot.querySelector('iframe'), id);
  return (await frame.asElement()?.contentFrame()) ?? page;
};
const step = (desk, name) => desk.locator('.step-line').filter({ hasText: name });

/** Answers the question by its first option, and waits for the run. */
async function predict(page, desk) {
  await step(desk, 'Predict').click();
  assert.ok(await desk.getByRole('button', { name: 'Run it' }).isDisabled(), 'first the answer, then the run');
  await desk.getByRole('radio').first().check();
  await desk.getByRole('button', { name: 'Run it' }).click();
  await hears(page, 'predict', 1);
}

test('a lesson is gone through in a sandboxed frame, and the page around it hears of it', async () => {
  const page = await begin('<millrace-embed id="a" lesson="L02" view="lesson"></millrace-embed>');
  const desk = await inside(page);
  const folder = (await (await fetch(new URL('lessons/catalogue.txt', home_of_site))).text()).match(/L02-[\w-]+/)[0];
  const text = await (await fetch(new URL(`lessons/${folder}/lesson.md`, home_of_site))).text();
  const solutions = [...text.matchAll(/```millrace solution\n([^]*?)```/g)].map(([, lines]) => lines.replace(/^#.*\n/gm, ''));
  await predict(page, desk);
  const [{ answer, ...prediction }] = await told(page, 'predict');
  assert.deepEqual([answer, Object.keys(prediction).sort(), prediction.lesson], [1, ['correct', 'lesson'], 'L02']);
  assert.equal(typeof prediction.correct, 'boolean');
  assert.deepEqual(await told(page, 'check'), [], 'nothing was tried yet');
  for (const [n, lines] of solutions.entries()) {
    await step(desk, `Task ${n + 1}`).click();
    await desk.getByRole('button', { name: `Start task ${n + 1}` }).click();
    await desk.locator('.check-line').first().waitFor();
    if (n === 0) {
      // What does nothing good is told, with where that can be seen.
      await ask(page, 'exec', 'kafka-topics --create --topic elsewhere --partitions 1');
      await hears(page, 'check', 1);
    }
    // Without a majority of controllers nobody creates that topic: the tool fails, as Kafka's does, and nothing behind it is run.
    const refused = lines.match(/^[^]*--topic returns.*\n/)?.[0] ?? '';
    if (refused) assert.equal((await ask(page, 'exec', refused)).exit, 1);
    assert.equal((await ask(page, 'exec', lines.slice(refused.length))).exit, 0, `task ${n + 1}`);
    // A claim about many worlds is tried in them once somebody asks.
    const sweep = desk.getByRole('button', { name: /^Try it with/ });
    if (await sweep.count()) await sweep.click();
    await page.waitForFunction((task) => window.events.some(({ name, detail }) => name === 'check' && detail.pass && detail.task === task), `${n + 1}`, { timeout: 180_000 }); // A hundred worlds take their time.
  }
  const checks = await told(page, 'check');
  const [failed] = checks;
  assert.deepEqual([failed.lesson, failed.task, failed.pass], ['L02', '1', false]);
  const unmet = failed.evidence.find(({ met }) => !met);
  assert.ok(unmet.check && unmet.says && Array.isArray(unmet.at), JSON.stringify(unmet));
  const last = checks.at(-1);
  assert.ok(last.pass && last.evidence.length > 0 && last.evidence.every(({ met }) => met));
  await hears(page, 'complete', 1);
  const [complete] = await told(page, 'complete');
  assert.equal(complete.lesson, 'L02');
  assert.ok(complete.stars >= 1);
  assert.deepEqual(await told(page, 'error'), []);
  assert.deepEqual(page.complaints, []);

  // On paper: the stage as it is, what is done, and where it can be run.
  await page.waitForTimeout(1200);
  await page.emulateMedia({ media: 'print' });
  const paper = () => page.evaluate(() => {
    const { shadowRoot } = document.getElementById('a');
    const room = shadowRoot.querySelector('.room');
    return {
      picture: shadowRoot.querySelector('.picture svg')?.checkVisibility(),
      tasks: [...shadowRoot.querySelectorAll('.tasks li')].map(({ textContent }) => textContent),
      address: getComputedStyle(room, '::after').content,
    };
  });
  await shows(async () => (await paper()).tasks.length, solutions.length);
  const { picture, tasks, address } = await paper();
  assert.ok(picture);
  assert.ok(tasks.every((task) => /^☑ Task \d/.test(task)), tasks.join());
  assert.equal(address, `"${new URL('l/L02/', home_of_site)}"`);
  await page.context().close();
});

test('in the page itself it tells the same, and keeps nothing there', async () => {
  const page = await begin('<millrace-embed id="a" lesson="L02" view="lesson" mode="page"></millrace-embed>', { policy: IN_PAGE });
  const desk = await inside(page);
  await predict(page, desk);
  assert.equal((await told(page, 'predict'))[0].lesson, 'L02');
  assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), []);
  assert.equal(await page.evaluate(() => document.documentElement.attributes.length), 1, 'the page is not marked');
  await page.context().close();
});

test('it opens at a task, gives its engine up, and goes on where it was', async () => {
  const others = ['b', 'c', 'd'].map((id) => `<millrace-embed id="${id}" scenario="keys" loading="click" height="200"></millrace-embed>`).join('');
  const page = await begin(`<millrace-embed id="a" lesson="L02" view="lesson" task="1" height="480"></millrace-embed>${others}`, { height: 1400 });
  let desk = await inside(page);
  await desk.locator('.check-line').first().waitFor();
  await ask(page, 'exec', 'kafka-topics --create --topic left-behind --partitions 2');
  const hash = await ask(page, 'getState', 'hash');
  for (const id of ['b', 'c', 'd']) await page.evaluate((id) => document.getElementById(id).run(), id);
  await page.waitForFunction(() => document.getElementById('a').shadowRoot.querySelector('.frozen svg'));
  await page.evaluate(() => document.getElementById('a').pause());
  await shows(() => page.evaluate(() => Boolean(document.getElementById('a').shadowRoot.querySelector('.live iframe'))), true);
  await shows(() => ask(page, 'getState', 'hash'), hash);
  desk = await inside(page);
  assert.equal(await step(desk, 'Task 1').getAttribute('aria-expanded'), 'true');
  await page.context().close();
});

test('by keyboard alone, in both themes, narrow and wide, in English and German, and axe finds nothing', async () => {
  for (const [width, theme, lang] of [[720, 'light', 'en'], [360, 'dark', 'de']]) {
    const page = await begin(`<millrace-embed id="a" lesson="L02" view="lesson" task="1" theme="${theme}"></millrace-embed>`, { width: width + 16, lang });
    const desk = await inside(page);
    await desk.locator('.check-line').first().waitFor();
    // The check is below the fold: the text scrolls by keys, and a line of the console is reached by Tab.
    const is_on = (what) => desk.evaluate((what) => document.activeElement?.matches(what), what);
    for (let tabs = 0; tabs < 60 && !(await is_on('.console textarea')); tabs += 1) await page.keyboard.press('Tab');
    assert.ok(await is_on('.console textarea'));
    await page.keyboard.type('kafka-topics --create --topic elsewhere --partitions 1');
    await page.keyboard.press('Enter');
    await hears(page, 'check', 1);
    await desk.evaluate(axe);
    const found = await desk.evaluate(() => window.axe.run());
    assert.deepEqual(found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`), []);
    const wide = await desk.evaluate(() => [...document.querySelectorAll('html, .lesson-body, .console')].filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.className));
    assert.deepEqual(wide, [], `${width} px: nothing sticks out`);
    assert.equal(await desk.evaluate(() => document.documentElement.lang), lang);
    await page.context().close();
  }
});
