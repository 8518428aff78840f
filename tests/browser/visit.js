// First visits, for `cargo xtask profile`: a module with a mark on every
// function and its parts, at several sizes and in both themes, left running,
// resized and scrolled, and on a slow machine. Nothing here is a sign of use,
// which would fetch the rest. Prints the numbers of the marks that were set.
// `node visit.js page` visits the playground, `node visit.js widget` a widget.

import { launch, open, site, slow_down } from './page.js';

/** A group of consumers at work. */
const GROUP = `kafka-topics --create --topic orders --partitions 4
producer start checkout --topic orders
app start billing --topic orders --instances 2 --work 200ms
producer rate checkout 3 --keys alice,bob,carol,dave,erin,frank --value '{"amount": \${1..60}}'
wait 12s`;

/** Another, without latency, that has caught up when it begins. */
const QUICK_GROUP = `kafka-topics --create --topic orders --partitions 2
producer start checkout --topic orders
app start billing --topic orders --instances 2 --work 100ms
producer rate checkout 4 --keys alice,bob,carol --value '{"amount": \${1..60}}'
wait 4s`;

/** With latency: what is in flight is in flight for long, and every picture has some of it. */
const SLOW_GROUP = `network latency 150ms\n${GROUP}`;

const visits = {
  page: [
    // As long as a page is watched before it fetches the rest by itself.
    { width: 1440, height: 900, seconds: 31 },
    { width: 1024, height: 768, seconds: 12, colorScheme: 'dark', reducedMotion: 'reduce' },
    { width: 390, height: 844, seconds: 12, deviceScaleFactor: 3, isMobile: true, hasTouch: true },
    { width: 1440, height: 900, seconds: 15, colorScheme: 'dark', slower: 12 },
    { width: 412, height: 823, seconds: 10, deviceScaleFactor: 1.75, isMobile: true, hasTouch: true, slower: 4 },
    { width: 1440, height: 900, seconds: 25, stepped: true },
  ],
  // What a plain widget shows before it is touched, and a while of it running: topics, producers, a group of consumers.
  // What makes a widget more than that is in static/embed/widget.js (PLAIN): it gets both halves before it begins.
  widget: [
    { width: 860, height: 620, seconds: 5, wish: 'scenario="keys"' },
    { width: 720, height: 480, seconds: 8, wish: 'scenario="keys" runs="1"', colorScheme: 'dark' },
    { width: 360, height: 560, seconds: 6, wish: 'scenario="keys" runs="1"', deviceScaleFactor: 3, isMobile: true, hasTouch: true },
    { width: 720, height: 520, seconds: 3, wish: 'scenario="keys" view="readonly" controls="none"', reducedMotion: 'reduce' },
    { width: 720, height: 520, seconds: 3, wish: 'lesson="L03" controls="minimal"' },
    { width: 860, height: 620, seconds: 12, wish: 'runs="1"', lines: GROUP },
    { width: 860, height: 620, seconds: 15, wish: 'runs="1"', lines: QUICK_GROUP },
    { width: 860, height: 620, seconds: 20, wish: 'runs="1"', lines: QUICK_GROUP, slower: 12 },
    { width: 1000, height: 640, seconds: 12, wish: 'runs="1"', lines: QUICK_GROUP, slower: 4 },
    // Other throws of the dice meet other moments.
    { width: 860, height: 640, seconds: 20, wish: 'runs="1" seed="2"', lines: QUICK_GROUP },
    { width: 1000, height: 640, seconds: 20, wish: 'runs="1" seed="3"', lines: SLOW_GROUP },
    { width: 860, height: 620, seconds: 25, wish: 'runs="1"', lines: QUICK_GROUP, stepped: true },
    { width: 860, height: 620, seconds: 20, wish: 'runs="1" seed="4"', lines: GROUP, stepped: true },
    { width: 720, height: 480, seconds: 8, wish: 'scenario="keys" runs="1"', stepped: true },
    { width: 720, height: 520, seconds: 3, wish: 'lesson="L02" seed="7" title="A log"' },
    { width: 720, height: 520, seconds: 3, wish: 'lesson="L09"' },
    { width: 360, height: 620, seconds: 8, wish: 'runs="1"', lines: GROUP, deviceScaleFactor: 3, isMobile: true, hasTouch: true },
  ],
}[process.argv[2] ?? 'page'];

/** Keeps the module where it can be asked; Trunk and the widget each tell of theirs in their own way. */
const init = `
  addEventListener('TrunkApplicationStarted', ({ detail }) => { window.module = detail.wasm; });
  addEventListener('millrace-module', ({ detail }) => { window.module = detail; });
`;

/**
 * A clock by which a frame's time for the engine is over after one step: every state is drawn, those too that last for no
 * time at all and are otherwise seen only when a machine is busy in just that moment.
 */
const every_step = 'performance.now = (() => { let ms = 0; return () => (ms += 10); })();';

async function begin(browser, { wish, lines, slower, stepped, ...look }) {
  const first = stepped ? init + every_step : init;
  if (!wish) return open(browser, { ...look, init: first, slower });
  const context = await browser.newContext(look);
  await context.addInitScript({ content: first });
  const page = await context.newPage();
  await slow_down(page, slower);
  // As a page has it: the frame leaves a picture with its host.
  const loader = new URL('embed/v1/embed.js', site).href;
  await page.setContent(`<!doctype html><script type="module" src="${loader}"></script><millrace-embed loading="eager" ${wish}>${lines ? `<script type="text/plain">${lines}</script>` : ''}</millrace-embed>`);
  await page.waitForFunction(() => document.querySelector('millrace-embed').shadowRoot?.querySelector('.live'), undefined, { timeout: 60_000 });
  return page;
}

const called = new Set();
const browser = await launch();
for (const { width, height, seconds, slower = 1, ...look } of visits) {
  const page = await begin(browser, { ...look, slower, viewport: { width, height } });
  await page.waitForTimeout(seconds * 1000);
  await page.setViewportSize({ width: width - 90, height: height - 200 });
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await page.waitForTimeout(2000);
  const inside = page.frames().find((frame) => frame.url().includes('/frame.html')) ?? page.mainFrame();
  const marks = await inside.evaluate(() => {
    const { memory, '.marks_at': at, '.marks': count } = window.module;
    const bytes = new Uint8Array(memory.buffer, at.value, count.value);
    const set = [];
    bytes.forEach((mark, number) => {
      if (mark === 1) set.push(number);
    });
    return set;
  });
  for (const mark of marks) called.add(mark);
  await page.context().close();
}
await browser.close();
console.log([...called].join(' '));
