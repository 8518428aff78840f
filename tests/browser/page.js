// What every browser test starts from: Chromium, the built site's address, and
// a page that collects whatever the console and the network complain about.

import { chromium } from 'playwright-core';

/** Where the playground is; `cargo xtask test browser` serves the site below a sub-path. */
export const url = process.env.MILLRACE_URL ?? 'http://127.0.0.1:8080/play/';
/** Where the site is: the landing page, and the playground in `play/`. */
export const site = process.env.MILLRACE_SITE ?? new URL('..', url).href;

const args = [
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
];
// Chromium refuses its sandbox to root, as in most containers.
if (process.getuid?.() === 0) args.push('--no-sandbox');

/** Starts the browser; the caller closes it. */
export function launch() {
  return chromium.launch({ executablePath: process.env.MILLRACE_CHROMIUM ?? '/usr/bin/chromium', args });
}

/** Lets a page, and each frame of it that has a process of its own, compute so many times slower. */
export async function slow_down(page, rate) {
  if (rate === 1) return;
  const slow = async (target) => {
    try {
      await (await page.context().newCDPSession(target)).send('Emulation.setCPUThrottlingRate', { rate });
    } catch {
      // A frame in the page's own process is as slow as the page.
    }
  };
  page.on('framenavigated', (frame) => frame === page.mainFrame() || slow(frame));
  await slow(page);
}

/**
 * Opens the playground in a context of its own, and waits until the app has taken
 * the loading mark away. `page.complaints` lists, as text, every console error
 * and warning, uncaught exception, failed request and status from 400 on.
 */
export async function open(browser, { hash = '', init = '', worker = false, slower = 1, ...options } = {}) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, ...options });
  // An init script is not subject to the page's content security policy.
  if (init) await context.addInitScript({ content: init });
  // What the site keeps for visits without a network has a test of its own; elsewhere it would only load all files.
  if (!worker) await context.addInitScript('delete Navigator.prototype.serviceWorker');
  const page = await context.newPage();
  await slow_down(page, slower);
  page.complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) page.complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => page.complaints.push(`exception: ${error.message}`));
  page.on('requestfailed', (request) => page.complaints.push(`failed: ${request.url()} ${request.failure()?.errorText}`));
  page.on('response', (response) => {
    if (response.status() >= 400) page.complaints.push(`${response.status()}: ${response.url()}`);
  });
  await page.goto(url + hash);
  await page.locator('#boot').waitFor({ state: 'detached', timeout: 30_000 });
  return page;
}
