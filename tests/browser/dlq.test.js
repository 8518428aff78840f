// The failure desk: a service breaks, the breaker opens, the service is mended, the
// dead letters are sent again, and the ledger is complete. Once by mouse, once by
// keyboard alone.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { begin, is_fine, later, looks, run_of, settled, shows } from './hands.js';
import { launch, open } from './page.js';

let browser;
before(async () => { browser = await launch(); });
after(() => browser?.close());

/** Cards are charged through a service; a breaker before it, dead letters behind it. */
const CARDS = `network latency 20ms
kafka-topics --create --topic orders --partitions 1
service start payments --latency 100ms --capacity 2
producer start checkout --topic orders
app start billing --topic orders --calls payments --failure-rate-threshold 50 --sliding-window-size 4 --minimum-number-of-calls 2 --wait-duration-in-open-state 2m --permitted-number-of-calls-in-half-open-state 2 --when-open fail --retry topics --attempts 2 --backoff 1s
wait 8s
produce orders alice 1
wait 2s
`;
const desk = (page) => page.locator('[data-desk=billing]');
const tally = (page, kind) => () => desk(page).locator(`[data-tally=${kind}] .tally-number`).textContent();
const breaker = (page) => () => desk(page).locator('.breaker-states').getAttribute('data-now');
const tab = (page, name) => desk(page).getByRole('button', { name, exact: true });
const same_as = (page) => page.locator('.same-as code').textContent();
const keyed = async (page, locator, key = 'Enter') => { await locator.focus(); await page.keyboard.press(key); };

for (const [how, press] of [['mouse', (page, locator) => locator.click()], ['keyboard', keyed]]) {
  test(`break the service, see the breaker open, mend it, send the letters again: by ${how}`, async () => {
    const page = await begin(browser, CARDS);
    await press(page, desk(page).locator('summary').first());
    await shows(tally(page, 'done-once'), '1');
    await press(page, tab(page, 'Services'));
    await shows(breaker(page), 'closed');
    await press(page, desk(page).getByRole('button', { name: 'Break it' }));
    await shows(() => same_as(page), 'service break payments --errors 100');
    for (const key of ['bob', 'carol', 'dave']) {
      await page.locator('.produce').getByLabel('key', { exact: true }).fill(key);
      await page.keyboard.press('Enter');
    }
    await later(page, breaker(page), 'open');
    await desk(page).locator('.breaker .countdown').waitFor();
    await press(page, desk(page).getByRole('button', { name: 'Mend it' }));
    await press(page, tab(page, 'Dead letters'));
    await later(page, async () => /^3 dead letters wait/.test(await desk(page).locator('.fate-headline').textContent()), true);
    assert.deepEqual(await desk(page).locator('[data-danger]').evaluateAll((all) => all.map((one) => one.dataset.danger)), ['order', 'staleness', 'duplicates', 'overload']);
    // Sent again while it is open they would come straight back.
    await press(page, tab(page, 'Services'));
    await later(page, breaker(page), 'half-open');
    await press(page, tab(page, 'Dead letters'));
    await press(page, desk(page).getByRole('button', { name: 'Send again all 3 letters' }));
    await shows(() => same_as(page), 'dlq redrive billing');
    await press(page, tab(page, 'Ledger'));
    await later(page, tally(page, 'done-once'), '4');
    assert.deepEqual([await tally(page, 'dead-letters')(), await tally(page, 'lost')()], ['0', '0']);
    assert.equal(await desk(page).locator('.fate-headline').textContent(), 'All 4 done, each exactly once.');
    await press(page, tab(page, 'Services'));
    await shows(breaker(page), 'closed');
    assert.deepEqual(page.complaints, []);
    await page.context().close();
  });
}

/** Order 7 and a record that is no JSON lie in the dead letters. */
const LETTERS = `network latency 20ms
kafka-topics --create --topic orders --partitions 1
producer start checkout --topic orders
app start billing --topic orders --work 50ms --value-deserializer error-handling --fails 'value.order == 7' --as PaymentDeclined --retry topics --attempts 2 --backoff 1s
wait 8s
produce orders alice '{"order": 7}'
produce orders bob '{"order": 8}'
produce orders --key carol --value-hex fffefd
wait 6s
`;

test('letters by cause, chosen one by one, edited; the numbers open lists, the life is followed', async () => {
  const page = await begin(browser, LETTERS);
  await desk(page).locator('summary').first().click();
  await desk(page).locator('[data-tally=dead-letters]').click();
  const listed = () => desk(page).locator('.fate-list .fate-who b').allTextContents();
  await shows(listed, ['carol', 'alice']);
  await desk(page).locator('.fate-list .fate').first().click();
  await shows(() => page.locator('.inspected-title').textContent(), 'orders · P0 · offset 2');

  await tab(page, 'Dead letters').click();
  await desk(page).locator('.cause-chip', { hasText: 'DeserializationException' }).click();
  await shows(listed, ['carol']);
  await desk(page).locator('.cause-chip', { hasText: 'DeserializationException' }).click();
  await desk(page).getByLabel('search').fill('ALICE');
  await shows(listed, ['alice']);
  await desk(page).getByLabel('search').fill('');
  await desk(page).getByRole('checkbox', { name: /^choose carol/ }).click();
  await desk(page).getByRole('button', { name: 'Throw away the 1 letter chosen' }).click();
  await shows(listed, ['alice']);
  await desk(page).locator('.fate-list .fate').click();
  await shows(() => desk(page).locator('.hex').first().textContent(), '7b 22 6f 72 64 65 72 22');
  await desk(page).getByLabel('value, to be edited').fill('{"order": 70}');
  await desk(page).getByRole('button', { name: 'Send again with this value' }).click();
  await later(page, () => desk(page).locator('.fate-headline').textContent(), 'No dead letter waits. 2 dealt with.');
  await tab(page, 'Ledger').click();
  await later(page, tally(page, 'done-once'), '2');
  assert.equal(await tally(page, 'skipped')(), '1');

  await desk(page).locator('[data-tally=done-once]').click();
  await desk(page).getByRole('button', { name: 'its life: alice orders-0 @0' }).click();
  const stops = () => desk(page).locator('.stop').evaluateAll((all) => all.map((one) => one.dataset.kind));
  await shows(stops, ['written', 'failed', 'waits', 'failed', 'dead', 'redriven', 'done']);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

test('an alarm is set, and fires where it is seen with the desk closed', async () => {
  const page = await begin(browser, LETTERS);
  const summary = desk(page).locator('summary').first();
  await summary.click();
  await tab(page, 'Dead letters').click();
  await desk(page).locator('.letter-alarms summary').click();
  await desk(page).getByLabel('above').fill('1');
  await desk(page).getByRole('button', { name: 'Set the alarm' }).click();
  await shows(() => same_as(page), 'alert set billing-letters letters billing --above 1');
  await later(page, () => page.locator('.alarm-banner').count(), 1);
  await summary.click();
  assert.match(await page.locator('.alarm-banner').textContent(), /billing-letters since .*: more than 1 letter/);
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

for (const look of looks) {
  test(`axe finds nothing on the open desk at ${look.name}`, async () => {
    const page = await open(browser, { ...look.options, hash: run_of(`${CARDS}service break payments\nproduce orders bob 2\nproduce orders carol 3\nwait 6s\n`) });
    await settled(page);
    await desk(page).locator('summary').first().click();
    for (const name of ['Ledger', 'Dead letters', "A record's life", 'Services']) {
      await tab(page, name).click();
      if (name === 'Ledger') await desk(page).locator('[data-tally=dead-letters]').click();
      if (name === 'Ledger' || name === 'Dead letters') await desk(page).locator('.fate-list .fate').first().click();
      if (name === "A record's life") await desk(page).locator('.stop-name').last().click();
      // On a phone what was chosen is shown on another sheet.
      if (look.width < 641) await page.locator('.tab').first().click();
      await page.waitForTimeout(100);
      await is_fine(page, name);
    }
    await page.context().close();
  });
}
