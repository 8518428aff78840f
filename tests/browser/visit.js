// First visits, for `cargo xtask profile`: the page with a mark on every
// function and its parts, at three sizes and in both themes, left running,
// resized and scrolled, and on a slow machine. Nothing here is a sign of use,
// which would fetch the rest. Prints the numbers of the marks that were set.

import { launch, open } from './page.js';

const visits = [
  // As long as a page is watched before it fetches the rest by itself.
  { width: 1440, height: 900, seconds: 31 },
  { width: 1024, height: 768, seconds: 12, colorScheme: 'dark', reducedMotion: 'reduce' },
  { width: 390, height: 844, seconds: 12, deviceScaleFactor: 3, isMobile: true, hasTouch: true },
  { width: 1440, height: 900, seconds: 15, colorScheme: 'dark', slower: 12 },
];
const called = new Set();
const browser = await launch();
for (const { width, height, seconds, slower = 1, ...look } of visits) {
  const page = await open(browser, {
    ...look,
    viewport: { width, height },
    init: "addEventListener('TrunkApplicationStarted', (event) => { window.module = event.detail.wasm; });",
  });
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: slower });
  await page.waitForTimeout(seconds * 1000);
  await page.setViewportSize({ width: width - 90, height: height - 200 });
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await page.waitForTimeout(2000);
  const marks = await page.evaluate(() => {
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
