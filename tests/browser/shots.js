// Screenshots of the built site; called by `cargo xtask shots` with one
// argument of JSON: { folder, readme, hash, eval, wait }.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { launch, open } from './page.js';

const wish = JSON.parse(process.argv[2]);
const sizes = [[1440, 900], [1024, 768], [390, 844]];
const readme = new URL('../../docs/images/', import.meta.url).pathname;

await mkdir(wish.folder, { recursive: true });
if (wish.readme) await mkdir(readme, { recursive: true });
const browser = await launch();
let complaints = 0;
for (const colorScheme of ['light', 'dark']) {
  for (const [width, height] of sizes) {
    const page = await open(browser, { hash: wish.hash, colorScheme, viewport: { width, height } });
    if (wish.eval) await prepare(page, wish.eval);
    if (wish.wait) await page.waitForTimeout(wish.wait);
    const path = join(wish.folder, `${width}x${height}-${colorScheme}.png`);
    await page.screenshot({ path });
    console.log(path);
    if (wish.readme && width === 1440) {
      const shown = join(readme, `stage-${colorScheme}.png`);
      await page.screenshot({ path: shown });
      console.log(shown);
    }
    for (const complaint of page.complaints) {
      complaints += 1;
      console.error(`${width}x${height} ${colorScheme}: ${complaint}`);
    }
    await page.context().close();
  }
}
await browser.close();
process.exitCode = complaints === 0 ? 0 : 1;

// Through the debugger, which the page's policy does not bind; `await` works.
async function prepare(page, expression) {
  const session = await page.context().newCDPSession(page);
  const { exceptionDetails } = await session.send('Runtime.evaluate', {
    expression: `(async () => { ${expression} })()`,
    awaitPromise: true,
    userGesture: true,
  });
  if (exceptionDetails) throw new Error(`--eval: ${exceptionDetails.exception?.description ?? exceptionDetails.text}`);
}
