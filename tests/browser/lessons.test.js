// The desk of the lessons: two of them gone through by keyboard alone, a wrong way
// that shows its evidence, and progress that stays, leaves and comes back.

import assert from 'node:assert/strict';
import { readFile, writeFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { clock, shows } from './hands.js';
import { launch, open } from './page.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const root = new URL('../../', import.meta.url);

/** The lines of a block of a lesson, without comments: what a learner would type. */
async function block(folder, info, nth = 0) {
  const text = await readFile(new URL(`static/lessons/${folder}/lesson.md`, root), 'utf8');
  const blocks = text.split('```millrace ').slice(1).filter((part) => part.startsWith(`${info}\n`));
  return blocks[nth].slice(info.length + 1).split('```')[0].split('\n').filter((line) => line && !line.startsWith('#') && !line.startsWith('fails '));
}

/** Goes on with the Tab key, forth or back, until what has the focus is called so. */
async function tab_to(page, name, key = 'Tab') {
  for (let n = 0; n < 200; n += 1) {
    const is_there = await page.evaluate((source) => {
      const element = document.activeElement;
      const text = element?.getAttribute('aria-label') ?? element?.labels?.[0]?.textContent ?? element?.textContent ?? '';
      return new RegExp(source).test(text.trim().replace(/\s+/g, ' ')) && element !== document.body;
    }, name.source);
    if (is_there) return;
    await page.keyboard.press(key);
  }
  throw new Error(`the Tab key does not lead to ${name}`);
}

const press = async (page, name) => {
  await tab_to(page, name);
  await page.keyboard.press('Enter');
};

/** Types lines into the console, which is opened and closed by its key. */
async function type(page, lines) {
  await page.keyboard.press('Control+`');
  await page.waitForFunction(() => document.activeElement?.matches('.console-field'));
  for (const line of lines) {
    const said = await page.locator('.console-entry').count();
    await page.keyboard.insertText(line);
    await page.keyboard.press('Enter');
    await shows(async () => (await page.locator('.console-entry').count()) > said, true);
  }
  await page.keyboard.press('Control+`');
}

const step = (page, name) => page.locator('.lesson-step').filter({ has: page.locator('.step-title', { hasText: name }) });
const state = (page, name) => step(page, name).getAttribute('data-state');
const at_desk = (page) => page.locator('.lesson-steps').waitFor();
const kept = (page) => page.evaluate(() => localStorage.getItem('millrace.learnt'));
const on_stage = (page, says) => page.locator('.lesson-stage', { hasText: says }).waitFor();

/** Chooses an answer and runs it, by keyboard; then what the desk says of it. */
async function predict(page, choice) {
  await press(page, /^Predict/);
  assert.equal(await page.getByRole('button', { name: 'Run it' }).isDisabled(), true, 'first the answer, then the run');
  await tab_to(page, /^(None|Partition 0|apple)/);
  for (let n = 0; n <= choice; n += 1) await page.keyboard.press(n === 0 ? 'Space' : 'ArrowDown');
  await press(page, /^Run it/);
  await page.locator('.run-says').waitFor();
  return page.locator('.run-says').textContent();
}

async function solve(page, folder, nth) {
  await press(page, new RegExp(`^Task ${nth}:`));
  await press(page, new RegExp(`^Start task ${nth}`));
  await on_stage(page, `your try at task ${nth}`);
  await page.locator('.check-line[data-check="unmet"]').first().waitFor();
  await type(page, await block(folder, 'solution', nth - 1));
  await shows(() => page.locator('.check-line:not([data-check="met"])').count(), 0);
  await page.keyboard.press('Shift+Tab');
  const sweep = page.getByRole('button', { name: /^Try it with/ });
  if (await sweep.count()) {
    assert.notEqual(await state(page, `Task ${nth}:`), 'done', 'one run says little');
    await page.locator('.lesson-body').focus();
    await press(page, /^Try it with/);
    await page.locator('.said-right').waitFor({ timeout: 240_000 });
  }
  await shows(() => state(page, `Task ${nth}:`), 'done');
  await page.locator('.lesson-body').focus();
}

/** What is asked for with the real tool, typed word by word. */
async function say(page, folder) {
  await press(page, /^Say it/);
  const lines = [...await block(folder, 'say', 0), ...await block(folder, 'say', 1)];
  for (const [n, line] of lines.entries()) {
    const field = page.locator('.say-form input').nth(n);
    for (let tries = 0; tries < 40 && !(await field.evaluate((it) => it === document.activeElement)); tries += 1) await page.keyboard.press('Tab');
    // The tool does not mind the order of its options.
    const [tool, ...options] = line.split(/ (?=--)/);
    await page.keyboard.insertText([tool, ...options.reverse()].join(' '));
    await page.keyboard.press('Enter');
    await shows(() => page.locator('.said-right').count(), n + 1);
  }
}

test('L03 is gone through by keyboard alone, and what was done stays', { timeout: 600_000 }, async () => {
  const folder = 'L03-the-key-decides';
  const page = await open(browser, { hash: '#lesson=L03', reducedMotion: 'reduce' });
  await at_desk(page);
  await on_stage(page, 'the world of this lesson');
  assert.match(await predict(page, 1), /^You said: Partition 0\. The run shows: Partition 2\.$/);
  assert.equal(await state(page, 'Predict'), 'otherwise');
  for (const nth of [1, 2, 3, 4, 5]) await solve(page, folder, nth);
  await say(page, folder);
  await shows(() => page.locator('.lesson-end .stars').getAttribute('aria-label'), '3 of 3 stars');
  const learnt = await kept(page);
  assert.match(learnt, /^millrace lessons 1\nL03 predicted 2 wrong\nL03 solved 1\n/);

  await page.reload();
  await at_desk(page);
  await shows(() => page.locator('.lesson-step[data-state="done"]').count(), 6);
  assert.equal(await page.locator('.lesson-end .stars').getAttribute('aria-label'), '3 of 3 stars');
  assert.equal(await kept(page), learnt);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('L16 is gone through by keyboard alone', { timeout: 600_000 }, async () => {
  const folder = 'L16-retry-topics-into-the-dlq';
  const page = await open(browser, { hash: '#lesson=L16', reducedMotion: 'reduce' });
  await at_desk(page);
  await on_stage(page, 'the world of this lesson');
  assert.match(await predict(page, 1), /^As you said: apple −50/);
  for (const nth of [1, 2, 3, 4]) await solve(page, folder, nth);
  await say(page, folder);
  await shows(() => page.locator('.lesson-end .stars').getAttribute('aria-label'), '3 of 3 stars');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a wrong way shows its evidence on the stage, and the learner’s own history comes back', async () => {
  const page = await open(browser);
  await page.locator('.produce').waitFor();
  await page.keyboard.press('Space');
  await page.evaluate(() => { location.hash = '#lesson=L03'; });
  await at_desk(page);
  await on_stage(page, 'the world of this lesson');
  await page.locator('.step-line', { hasText: 'Task 1' }).click();
  await page.getByRole('button', { name: 'Start task 1' }).click();
  await on_stage(page, 'your try at task 1');
  assert.equal(await page.locator('.evidence-mark').count(), 0, 'nothing was done, nothing is wrong');
  await type(page, await block('L03-the-key-decides', 'wrong the-key-says-what-happened'));
  await page.locator('.evidence-mark').first().waitFor();
  const marked = await page.locator('.evidence-mark').evaluateAll((all) => all.map((mark) => mark.dataset.evidence));
  assert.ok(marked.includes('record/accounts-2/0'), marked.join());
  assert.match(await page.locator('.check-line[data-check="unmet"] code').first().textContent(), /^split\(accounts, value\.user\) == 0$/);
  assert.match(await page.locator('.unmet').first().textContent(), /^it is 4 /);
  await page.getByRole('button', { name: /^Show a solution/ }).click();
  assert.match(await kept(page), /^L03 shown 1$/m);
  await page.getByRole('button', { name: /own history/ }).click();
  await page.locator('#stage', { hasText: 'billing' }).waitFor();
  await page.getByRole('button', { name: 'Start task 1' }).click();
  await page.locator('.evidence-mark').first().waitFor();
  await page.goBack();
  await page.locator('.lesson').waitFor({ state: 'detached' });
  await page.locator('#stage', { hasText: 'billing' }).waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});
