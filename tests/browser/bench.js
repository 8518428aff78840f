// The browser's side of `cargo xtask bench`: prints one line a figure, name,
// value and unit separated by tabs. `MILLRACE_BENCH` is the engine alone,
// `MILLRACE_URL` the built site.

import { readFile } from 'node:fs/promises';
import { launch, open } from './page.js';

const browser = await launch();

const engine = await browser.newPage();
await engine.goto(process.env.MILLRACE_BENCH);
const figures = await engine.evaluate(async () => {
  const { default: init, run_all } = await import('./millrace_bench.js');
  await init();
  return run_all(() => performance.now());
});
process.stdout.write(figures);
await engine.close();

// The scene that the budget speaks of, in the middle of its work.
const scene = await readFile(new URL('./bench-scene.mill', import.meta.url));
const page = await open(browser, { hash: `#run=${scene.toString('base64url')}` });
await page.waitForTimeout(4000);
const playing = page.locator('[data-playing]');
if ((await playing.getAttribute('data-playing')) !== 'true') await page.keyboard.press('Space');
await page.waitForTimeout(1000);
const stepBefore = Number(await playing.getAttribute('data-step'));
const frames = await page.evaluate(
  () =>
    new Promise((resolve) => {
      const times = [];
      const tick = (now) => {
        times.push(now);
        if (times.length < 300) requestAnimationFrame(tick);
        else resolve(times.slice(1).map((time, i) => time - times[i]));
      };
      requestAnimationFrame(tick);
    }),
);
frames.sort((a, b) => a - b);
const at = (share) => frames[Math.min(frames.length - 1, Math.floor(share * frames.length))];
const steps = Number(await playing.getAttribute('data-step')) - stepBefore;
console.log(`frames measured, steps made meanwhile\t${steps}\tsteps`);
console.log(`frame, median\t${at(0.5).toFixed(3)}\tms`);
console.log(`frame, 95th percentile\t${at(0.95).toFixed(3)}\tms`);
await browser.close();
