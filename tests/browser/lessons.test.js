// The desk of the lessons: two of them gone through by keyboard alone, a wrong way
// that shows its evidence, and progress that stays, leaves and comes back.

import assert from 'node:assert/strict';
import { readFile, readdir, writeFile, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { shows } from './hands.js';
import { launch, open } from './page.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** Progress that is there before the page begins. */
const known = (text) => `localStorage.setItem('millrace.learnt', ${JSON.stringify(text)});`;

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
  for (const nth of [1, 2, 3, 4, 5, 6]) await solve(page, folder, nth);
  await say(page, folder);
  await shows(() => page.locator('.lesson-end .stars').getAttribute('aria-label'), '3 of 3 stars');
  const learnt = await kept(page);
  assert.match(learnt, /^millrace lessons 1\nL03 predicted 2 wrong\nL03 solved 1\n/);

  await page.reload();
  await at_desk(page);
  await shows(() => page.locator('.lesson-step[data-state="done"]').count(), 7);
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
  assert.match(await page.locator('.unmet').first().textContent(), /^it is 4\b/);
  await page.getByRole('button', { name: /^Show a solution/ }).click();
  assert.match(await kept(page), /^L03 shown 1$/m);
  await page.getByRole('button', { name: /own history/ }).click();
  await page.locator('#stage', { hasText: 'billing' }).waitFor();
  await page.getByRole('button', { name: 'Go on with task 1' }).click();
  await page.locator('.evidence-mark').first().waitFor();
  // A scene is another way out; the try stays.
  await page.locator('.scene-menu summary').click();
  await page.locator('.menu-item', { hasText: /^Keys and partitions/ }).click();
  await page.locator('.lesson-stage').waitFor({ state: 'detached' });
  await page.keyboard.press('Control+z');
  await page.locator('#stage', { hasText: 'billing' }).waitFor();
  await page.getByRole('button', { name: 'Go on with task 1' }).click();
  await page.locator('.evidence-mark').first().waitFor();
  await page.goBack();
  await page.locator('.lesson').waitFor({ state: 'detached' });
  await page.locator('#stage', { hasText: 'billing' }).waitFor();
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a try and an author’s draft are there again after a reload', async () => {
  const page = await open(browser, { hash: '#lesson=L01', reducedMotion: 'reduce' });
  await at_desk(page);
  await on_stage(page, 'the world of this lesson');
  await shows(() => page.title(), 'L01 · Call or tell? · millrace');
  await page.locator('.step-line', { hasText: 'Task 1' }).click();
  await page.getByRole('button', { name: 'Start task 1' }).click();
  await on_stage(page, 'your try at task 1');
  // The services of the task are on the stage, and can be broken there.
  await page.locator('#stage .station-name', { hasText: 'courier' }).click();
  await page.getByRole('button', { name: 'Slow it down to 3 s a call' }).click();
  await page.locator('[data-check="met"]').first().waitFor();
  const done = () => page.locator('.same-as code').textContent();
  await shows(done, 'service break courier --errors 0 --latency 3s');
  await page.reload();
  await at_desk(page);
  await on_stage(page, 'the world of this lesson');
  await page.locator('.step-line', { hasText: 'Task 1' }).click();
  await page.getByRole('button', { name: 'Go on with task 1' }).click();
  await on_stage(page, 'your try at task 1');
  await page.locator('#stage .station-name', { hasText: 'courier' }).click();
  await page.getByRole('button', { name: 'Mend it' }).first().waitFor();

  await page.evaluate(() => { location.hash = '#lesson=new'; });
  await page.getByLabel('title', { exact: true }).fill('My own lesson');
  await page.reload();
  await shows(() => page.getByLabel('title', { exact: true }).inputValue(), 'My own lesson');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('a newcomer sends a record, is shown where it lies and why, and goes on to the first lesson', async () => {
  for (const viewport of [{ width: 1440, height: 900 }, { width: 390, height: 844 }]) {
    const page = await open(browser, { viewport, hasTouch: viewport.width < 500, isMobile: viewport.width < 500 });
    const card = page.getByLabel('welcome');
    await card.getByRole('button', { name: 'Produce a record' }).click();
    // It takes a moment to arrive.
    const why = page.locator('.inspector h2', { hasText: /^orders · P2 · offset/ });
    await shows(async () => {
      const mine = card.getByRole('button', { name: 'Show me my record' });
      if (await mine.isVisible()) await mine.click();
      return why.isVisible();
    }, true);
    assert.match(await page.locator('.inspector').innerText(), /carol/);
    await page.context().close();
  }
  const page = await open(browser);
  await page.getByLabel('welcome').getByRole('button', { name: 'Start lesson 1' }).click();
  await at_desk(page);
  await page.locator('.lesson-head h2', { hasText: 'Call or tell?' }).waitFor();
  await page.context().close();
});

test('progress leaves as a file, comes back joined, and a bad file is named', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lessons-'));
  const page = await open(browser, { hash: '#lessons', init: known('millrace lessons 1\nL03 solved 1\nL03 shown 2\n') });
  const line = (id) => page.locator(`.shelf-line[data-lesson="${id}"]`);
  await line('L03').waitFor();
  // Enter opens the lesson that comes next.
  await page.waitForFunction(() => document.activeElement?.dataset.lesson === 'L03');
  const folders = await readdir(new URL('static/lessons/', root), { withFileTypes: true });
  assert.equal(await page.locator('.shelf-line').count(), folders.filter((entry) => entry.isDirectory()).length);
  assert.deepEqual(await page.locator('.shelf-part h3').allTextContents(), ['The log', 'Durability, speed, storage', 'When things fail', 'Stream processing']);
  assert.match(await line('L03').textContent(), /go on here.*1 of 6 tasks/);
  const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Save your progress' }).click()]);
  const file = join(folder, 'saved.txt');
  await saved.saveAs(file);
  assert.equal(await readFile(file, 'utf8'), 'millrace lessons 1\nL03 solved 1\nL03 shown 2\n');

  const choose = async (name, text) => {
    await writeFile(join(folder, name), text);
    await page.locator('.shelf-file input[type=file]').setInputFiles(join(folder, name));
  };
  const says = () => page.locator('.shelf-file-says').textContent();
  await choose('notes.txt', 'my notes');
  await shows(says, 'notes.txt: no file of progress: expected the first line millrace lessons 1');
  await choose('other.txt', 'millrace lessons 1\nL03 solved 2\nL05 solved 1\nL05 knows it\n');
  await shows(async () => /^other\.txt is joined with what you had already, but for 1 line; line 4: /.test(await says()), true);
  assert.equal(await kept(page), 'millrace lessons 1\nL03 solved 1\nL03 solved 2\nL05 solved 1\n');
  await shows(async () => /1 of 5 tasks/.test(await line('L05').textContent()), true);
  await line('L05').click();
  await at_desk(page);
  assert.equal(await page.evaluate(() => location.hash), '#lesson=L05');
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

for (const [width, height] of [[1440, 900], [1024, 768], [390, 844]]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`axe finds nothing on the desk and the shelf at ${width}, ${colorScheme}`, async () => {
      const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
      const page = await open(browser, { hash: '#lesson=L16', init: axe, colorScheme, viewport: { width, height }, reducedMotion: 'reduce' });
      await at_desk(page);
      await on_stage(page, 'the world of this lesson');
      const look = async (part) => {
        const found = await page.evaluate((selector) => window.axe.run(selector), part);
        assert.deepEqual(found.violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), []);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true, 'nothing overflows');
      };
      for (const name of ['Predict', 'Task 1', 'You may have read', 'Say it']) {
        await page.locator('.step-line', { hasText: name }).click();
        if (name === 'Task 1') {
          await page.getByRole('button', { name: 'Start task 1' }).click();
          await page.locator('.check-line[data-check="unmet"]').first().waitFor();
          assert.equal(await page.getByRole('button', { name: 'where?' }).count(), 0, 'what does not exist is nowhere');
          await page.evaluate(() => { location.hash = '#lesson=L03'; });
          await page.locator('.lesson-head', { hasText: 'L03' }).waitFor();
          await on_stage(page, 'the world of this lesson');
          await page.locator('.step-line', { hasText: name }).click();
          await page.getByRole('button', { name: 'Start task 1' }).click();
          await page.getByRole('button', { name: 'where?' }).first().click();
          await page.getByRole('button', { name: 'Show a solution' }).click();
        }
        await look('.lesson, .stage-slot');
      }
      await page.getByRole('button', { name: 'Shelf' }).click();
      await page.locator('.shelf-line').first().waitFor();
      await look('.dialog');
      assert.deepEqual(page.complaints, []);
      await page.context().close();
    });
  }
}

test('a lesson is made by playing, refused until it is true, and goes on as a link', async () => {
  const page = await open(browser, { hash: '#lesson=NEW' });
  await page.locator('.author').waitFor();
  await page.locator('.scene-menu summary').click();
  await page.locator('.menu-item', { hasText: /^Blank/ }).click();
  await type(page, ['kafka-topics --create --topic orders --partitions 3', 'producer start shop --topic orders', 'wait 1s']);
  await page.getByRole('button', { name: 'The lesson begins here' }).click();
  await type(page, ['produce orders alice 1 + bob 2', 'wait 2s']);
  await page.getByRole('button', { name: 'What has come true?' }).click();
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.locator('.author-wrong', { hasText: 'expected a title' }).waitFor();
  for (const [label, text] of [['title', 'Two orders'], ['what is known afterwards', 'Send.'], ['title of the task', 'Send two'], ['what is to be done', 'Send two.'], ['a hint', '`produce`.']]) {
    await page.locator('.author').getByLabel(label, { exact: true }).fill(text);
  }
  const own = page.locator('.author').getByLabel('or checks of your own, a line each');
  await own.fill('partitions(orders) == 3');
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.locator('.author-wrong', { hasText: 'the check passes if one only waits' }).waitFor();
  await own.fill('');
  await page.getByRole('checkbox', { name: 'n(orders) == 2' }).check();
  await page.getByRole('button', { name: 'Try it' }).click();
  await page.getByRole('button', { name: 'Look at it on the desk' }).waitFor();
  const [saved] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'lesson.md' }).click()]);
  const text = await readFile(await saved.path(), 'utf8');
  assert.match(text, /^---\nid: X01\ntitle: Two orders\n/);
  await page.getByRole('button', { name: 'Look at it on the desk' }).click();
  await page.locator('.step-line', { hasText: 'Task 1: Send two' }).waitFor();

  const held = `#lesson-text=${Buffer.from(text).toString('base64url')}`;
  const other = await open(browser, { hash: held });
  await other.locator('.step-line', { hasText: 'Task 1: Send two' }).click();
  await other.getByRole('button', { name: 'Start task 1' }).click();
  await on_stage(other, 'your try at task 1');
  await type(other, ['produce orders alice 1 + bob 2', 'wait 2s']);
  await shows(() => state(other, 'Task 1'), 'done');
  assert.deepEqual([...page.complaints, ...other.complaints], []);
  await page.context().close();
  await other.context().close();
});
