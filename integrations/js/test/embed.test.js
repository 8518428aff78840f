// What every integration has to make of the same text.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { VOCABULARY, embed, host } from '../embed.js';
import millrace, { remarkMillrace } from '../docusaurus.js';

const read = (name) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

test('the vocabulary is the shared one', () => {
  assert.equal(VOCABULARY, read('vocabulary.txt'));
});

test('the shared cases hold', () => {
  const cases = JSON.parse(read('cases.json'));
  assert.ok(cases.length > 12);
  for (const { info, body, ...wanted } of cases) {
    let made;
    try {
      made = { html: embed(info, body).markup('https://host/m/') };
    } catch (error) {
      made = { error: error.message };
    }
    assert.deepEqual(made, wanted, info);
  }
});

test('an address is one', () => {
  assert.equal(host('https://a.org/m'), 'https://a.org/m/');
  assert.equal(host('../m//'), '../m/');
  for (const wrong of ['', undefined, 'a.org', 'javascript:alert(1)', 'https://a"b']) assert.throws(() => host(wrong), /expected where/);
});

test('a fence in MDX becomes an element whose inside React leaves alone', () => {
  const code = (lang, meta, value) => ({ type: 'code', lang, meta, value, position: { start: { line: 7 } } });
  const tree = { type: 'root', children: [code('millrace', 'seed=7', 'wait 1s'), code('millrace', 'refused', 'x'), code('js', null, '1')] };
  remarkMillrace({ host: 'https://host' })(tree, { path: 'docs/a.md' });
  const [widget, refused, other] = tree.children;
  assert.equal(widget.name, 'millrace-embed');
  assert.deepEqual(widget.attributes[0], { type: 'mdxJsxAttribute', name: 'seed', value: '7' });
  assert.match(widget.attributes[1].value.value, /wait 1s/);
  assert.deepEqual([refused.type, other.type], ['code', 'code']);
  const wrong = { type: 'root', children: [code('millrace', 'lessn=L16', '')] };
  const run = () => remarkMillrace({ host: 'https://host' })(wrong, { path: 'docs/a.md' });
  assert.throws(run, { message: 'docs/a.md:7: no such attribute: lessn; did you mean lesson?' });
});

test('the loader is on every page', () => {
  const [tag] = millrace({}, { host: 'https://host/m' }).injectHtmlTags().headTags;
  assert.deepEqual(tag.attributes, { type: 'module', src: 'https://host/m/embed/v1/embed.js' });
  assert.throws(() => millrace({}, {}), /host: expected/);
});
