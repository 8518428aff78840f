// A first visit, for `cargo xtask profile`: the page with a mark on every
// function and its parts, at three sizes and in both themes, left running, and
// asked for one record. Prints the numbers of the marks that were set.

import { launch, open } from './page.js';

const visits = [[1440, 900, 'light'], [1024, 768, 'dark'], [390, 844, 'light']];
const called = new Set();
const browser = await launch();
for (const [width, height, colorScheme] of visits) {
  const page = await open(browser, {
    colorScheme,
    viewport: { width, height },
    init: "addEventListener('TrunkApplicationStarted', (event) => { window.module = event.detail.wasm; });",
  });
  await page.waitForTimeout(15_000);
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
