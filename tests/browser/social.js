// Pictures that are kept in the tree, made from the real playground; called by `cargo xtask shots --social` with one
// argument of JSON: { static }. What is shown with links (1200×630), the icons, and the stage for the landing page.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { launch, open } from './page.js';
import { pause } from './hands.js';

const home = JSON.parse(process.argv[2]).static;
const browser = await launch();

/** The stage as it is after some seconds of the opening scene. */
async function stage(colorScheme, viewport, deviceScaleFactor) {
  const page = await open(browser, { colorScheme, viewport, deviceScaleFactor, serviceWorkers: 'block' });
  await page.waitForFunction(() => Number(document.querySelector('[data-playing]').getAttribute('data-step')) > 1400, undefined, { timeout: 120_000 });
  await pause(page);
  return page;
}

/** WebP, which Playwright does not take: a third of a PNG. */
async function webp(page, selector, quality) {
  const { x, y, width, height } = await page.locator(selector).first().boundingBox();
  const session = await page.context().newCDPSession(page);
  const { data } = await session.send('Page.captureScreenshot', { format: 'webp', quality, clip: { x, y, width, height, scale: 1 } });
  return Buffer.from(data, 'base64');
}

for (const colorScheme of ['light', 'dark']) {
  const page = await stage(colorScheme, { width: 1440, height: 860 }, 1.5);
  await writeFile(join(home, `landing/stage-${colorScheme}.webp`), await webp(page, 'body', 82));
  await page.context().close();
}

const page = await stage('light', { width: 1440, height: 860 }, 1.25);
const picture = (await page.locator('body').screenshot()).toString('base64');
await page.context().close();

const tokens = await readFile(join(home, 'style/tokens.css'), 'utf8');
const waves = '<svg viewBox="0 0 32 32" fill="none" stroke-width="3.5" stroke-linecap="round"><path stroke="#0b63a5" d="M3 12c4.3-6 8.7-6 13 0s8.7 6 13 0"/><path stroke="#b86e00" d="M3 21c4.3-6 8.7-6 13 0s8.7 6 13 0"/></svg>';

/** Draws some HTML as a PNG file. */
async function draw(path, width, height, html) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: 'light' });
  const sheet = await context.newPage();
  await sheet.setContent(`<style>${tokens} body{margin:0;width:${width}px;height:${height}px;overflow:hidden;background:var(--paper);color:var(--ink);font-family:var(--sans)}</style>${html}`);
  await sheet.screenshot({ path });
  console.log(path);
  await context.close();
}

await draw(join(home, 'social.png'), 1200, 630, `<style>
  .brand{position:absolute;left:64px;top:44px;display:flex;align-items:center;gap:14px;font-size:34px;font-weight:700;letter-spacing:-.01em}.brand svg{width:52px}
  h1{position:absolute;left:64px;top:112px;margin:0;font-size:62px;line-height:1.05;letter-spacing:-.03em}
  p{position:absolute;left:64px;top:192px;margin:0;font-size:26px;color:var(--dim)}
  img{position:absolute;left:64px;top:262px;width:1072px;border:1px solid var(--edge);border-radius:14px 14px 0 0;box-shadow:0 24px 70px rgb(28 33 39/26%)}</style>
  <div class="brand">${waves}millrace</div><h1>See what Kafka does, and why.</h1>
  <p>A real streaming engine, running wholly in the page.</p><img src="data:image/png;base64,${picture}">`);

await mkdir(join(home, 'icons'), { recursive: true });
for (const [name, size, room] of [['icon-192', 192, 0.1], ['icon-512', 512, 0.1], ['icon-maskable', 512, 0.22]]) {
  const inner = Math.round(size * (1 - 2 * room));
  await draw(join(home, `icons/${name}.png`), size, size, `<style>body{display:grid;place-content:center}svg{width:${inner}px}</style>${waves}`);
}
await browser.close();
