// Out of the playground and back: the export's files and zip, its shell lines run
// by our own console, a real cluster's listings put on stage.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { begin, shows } from './hands.js';
import { launch, open } from './page.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

const SCENE = `network latency 50ms
kafka-topics --create --topic orders --partitions 3 --config retention.ms=604800000
app start billing --topic orders --fails 'value.amount < 0' --retry topics --attempts 3 --backoff 1s
wait 5s
produce orders alice '{"amount": 12}' --header trace=42 + bob '{"amount": -7}' + carol '{"amount": 30}'
wait 5s
`;

const LISTING = `Topic: orders\tTopicId: abc\tPartitionCount: 2\tReplicationFactor: 3\tConfigs: retention.ms=604800000
\tTopic: orders\tPartition: 0\tLeader: 1\tReplicas: 1,2,3\tIsr: 1,2,3
\tTopic: orders\tPartition: 1\tLeader: 2\tReplicas: 2,3,1\tIsr: 2,3,1
GROUP    TOPIC   PARTITION  CURRENT-OFFSET  LOG-END-OFFSET  LAG  CONSUMER-ID  HOST       CLIENT-ID
billing  orders  0          120             250             130  c-1-uuid     /10.0.0.7  c-1
billing  orders  1          4000000000      4000000005      5    c-2-uuid     /10.0.0.8  c-2
`;

async function choose(page, name) {
  await page.locator('summary', { hasText: /^\s*File/ }).click();
  await page.getByRole('button', { name }).click();
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  return dialog;
}

async function text_of(dialog, path) {
  const name = path.split('/').pop();
  await dialog.locator('.export-file', { hasText: name }).first().click();
  await dialog.locator('.export-head h3', { hasText: path }).waitFor();
  return dialog.locator('.export-text').textContent();
}

test('the world on stage becomes files, and a zip that another program opens', async () => {
  const page = await begin(browser, SCENE);
  const dialog = await choose(page, /^take it to real kafka/i);
  assert.match(await text_of(dialog, 'docker-compose.yml'), /KAFKA_PROCESS_ROLES: "broker,controller"/);
  const setup = await text_of(dialog, 'setup.sh');
  assert.match(setup, /^kafka-topics --create --topic orders --partitions 3 --replication-factor 1 --config retention\.ms=604800000$/m);
  assert.match(await text_of(dialog, 'python/consumer_billing.py'), /^GROUP = "billing"$/m);
  assert.match(await dialog.locator('.export-checked').textContent(), /never: it has not met a broker/i);

  const [saved] = await Promise.all([page.waitForEvent('download'), dialog.getByRole('button', { name: /^download/i }).click()]);
  const folder = await mkdtemp(join(tmpdir(), 'export-'));
  const zip = join(folder, saved.suggestedFilename());
  await saved.saveAs(zip);
  execFileSync('python3', ['-m', 'zipfile', '-t', zip]);
  execFileSync('python3', ['-c', 'import sys, zipfile, pathlib, os\nz = zipfile.ZipFile(sys.argv[1])\nz.extractall(sys.argv[2])\nfor i in z.infolist(): os.chmod(pathlib.Path(sys.argv[2]) / i.filename, i.external_attr >> 16)', zip, folder]);
  const inside = join(folder, saved.suggestedFilename().replace('.zip', ''));
  assert.equal(await readFile(join(inside, 'setup.sh'), 'utf8'), `${setup}\n`);
  assert.ok((await stat(join(inside, 'setup.sh'))).mode & 0o100, 'a script can be started');
  execFileSync('bash', ['-n', join(inside, 'setup.sh'), join(inside, 'produce.sh')]);
});

test('the exported lines, run by our own console, make the same topics and records', async () => {
  // What is compared: a hash over topics, partitions, settings and keyed records in their order (export's `contents`).
  const page = await begin(browser, SCENE);
  let dialog = await choose(page, /^take it to real kafka/i);
  const contents = (one) => one.locator('[data-contents]').getAttribute('data-contents');
  const before = await contents(dialog);
  const body = (script) => script.split('too. ----\n')[1];
  const lines = [await text_of(dialog, 'setup.sh'), await text_of(dialog, 'produce.sh')].map(body);
  const other = await begin(browser, 'kafka-topics --create --topic gone\nkafka-topics --delete --topic gone\n'.repeat(6));
  await other.keyboard.press('`');
  const field = other.getByRole('textbox', { name: 'a line of the console' });
  let given = 0;
  for (const text of lines) {
    await field.fill(text);
    await field.press('Enter');
    given += text.split('\n').filter((line) => line.startsWith('kafka-')).length;
    const exits = () => other.locator('.console-entry[data-exit]').evaluateAll((all) => all.map((one) => one.dataset.exit));
    await shows(exits, Array(given).fill('0'));
  }
  await other.getByRole('button', { name: 'close the console' }).click();
  dialog = await choose(other, /^take it to real kafka/i);
  assert.equal(await contents(dialog), before);
});

test('a listing of a real cluster is put on stage with its offsets and lag', async () => {
  const page = await begin(browser, SCENE);
  const dialog = await choose(page, /^import from a cluster/i);
  assert.ok(await dialog.getByRole('button', { name: /on stage/i }).isDisabled());
  await dialog.getByLabel('listings of the cluster').fill(`${LISTING}what is this\n`);
  await shows(() => dialog.locator('.import-problems li').allTextContents(), ['line 7: 3 columns, but 9 names above']);
  assert.deepEqual(await dialog.locator('.import-tables tbody tr').allTextContents(), ['orders24000000255', 'billing2135']);
  await dialog.getByRole('button', { name: /on stage/i }).click();
  const lag = (partition) => page.locator(`[data-lane="orders-${partition}"] [data-group="billing"]`).getAttribute('data-lag');
  await shows(async () => [await lag(0), await lag(1)], ['130', '5']);
  assert.match(await page.locator('[data-lane="orders-1"]').textContent(), /4000000005 imported, contents unknown/);
  await page.getByRole('button', { name: /^undo/i }).first().click();
  await page.locator('[data-lane="orders-2"]').waitFor();
});

for (const [width, height] of [[1440, 900], [390, 844]]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`axe finds nothing on both dialogs at ${width}, ${colorScheme}`, async () => {
      const axe = await readFile(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
      const page = await open(browser, { init: axe, colorScheme, viewport: { width, height } });
      let dialog = await choose(page, /^take it to real kafka/i);
      await text_of(dialog, 'docker-compose.yml');
      const found = async () => (await page.evaluate(() => window.axe.run())).violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target).join(' ')}`);
      assert.deepEqual(await found(), []);
      await page.keyboard.press('Escape');
      dialog = await choose(page, /^import from a cluster/i);
      await dialog.getByLabel('listings of the cluster').fill(`${LISTING}what is this\n`);
      await dialog.locator('.import-problems').waitFor();
      assert.deepEqual(await found(), []);
    });
  }
}
