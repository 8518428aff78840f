// A widget in a document: what its author may say, and the markup that every integration makes of it.
// integrations/cases.json says what has to come out; the integrations in Rust and Python say the same.

/** The attributes of <millrace-embed> and what each may be; the same as integrations/vocabulary.txt. */
export const VOCABULARY = `\
lesson NAME
scenario NAME
src TEXT
seed NUMBER
at SPAN
script TEXT
step NUMBER
view board board+cli timeline metrics lesson readonly
task NUMBER
controls full minimal none
height auto NUMBER
loading lazy click eager
theme auto light dark hc
lang TEXT
engine 4.x 4.0-snapshot 3.9
sandbox strict persist
mode frame page
title TEXT
`;
const KNOWN = new Map(VOCABULARY.trim().split('\n').map((line) => {
  const [name, ...kinds] = line.split(' ');
  return [name, kinds];
}));
const KINDS = {
  NAME: [/^[A-Za-z0-9_-]+$/, 'a name such as L16'],
  NUMBER: [/^[0-9]+$/, 'a whole number'],
  SPAN: [/^[0-9]+(us|ms|s|m|min|h|d)$/, 'a duration such as 12s'],
  TEXT: [/./, 'a text'],
};

/** A widget: its attributes in the order of the vocabulary, and the lines of its own scenario. */
export class Embed {
  /** Throws what is wrong, and what would be right. */
  constructor(pairs, text = '') {
    const seen = new Map();
    for (const [name, value] of pairs) {
      if (seen.has(name)) throw new Error(`${name} is said twice`);
      const kinds = KNOWN.get(name);
      if (!kinds) {
        const meant = nearest(name);
        throw new Error(`no such attribute: ${name}${meant ? `; did you mean ${meant}?` : ''}`);
      }
      const fits = (kind) => (KINDS[kind] ? KINDS[kind][0].test(value) : kind === value);
      if (!kinds.some(fits)) throw new Error(`${name}: expected ${expected(kinds)}, found ${value}`);
      seen.set(name, value);
    }
    this.attributes = [...KNOWN.keys()].filter((name) => seen.has(name)).map((name) => [name, seen.get(name)]);
    this.lines = text.trim() ? text.replace(/^\n+|\n+$/g, '').split('\n').map((line) => line.trimEnd()) : [];
    const begins = ['lesson', 'scenario', 'src'].filter((name) => seen.has(name));
    if (this.lines.length) begins.push('lines of a script');
    if (!begins.length) throw new Error('expected lesson=…, scenario=…, src=… or lines of a script');
    if (begins.length > 1) throw new Error(`expected one of lesson, scenario, src and lines of a script, found ${begins.join(' and ')}`);
  }

  get(name) {
    return this.attributes.find(([known]) => known === name)?.[1];
  }

  /** One line: the loader, the widget, and what stands there until it runs, without scripts, and in print. */
  markup(host) {
    return `<script type="module" src="${loader(host)}"></script>${this.element(host)}`;
  }

  /** The same for pages that load the loader themselves. */
  element(host) {
    const said = this.attributes.map(([name, value]) => ` ${name}="${escape(value)}"`).join('');
    return `<millrace-embed${said}>${this.inside(host)}</millrace-embed>`;
  }

  /** What stands in the widget's place. */
  inside(host) {
    const lesson = this.get('lesson');
    if (lesson) {
      const [id] = lesson.split('-');
      const link = `${host}l/${id}/`;
      const title = escape(this.get('title') ?? `Lesson ${id}`);
      return `<figure><a href="${link}"><img src="${host}lessons/${id}.svg" alt="${title}" loading="lazy"></a>`
        + `<figcaption><a href="${link}">Run lesson ${id} in the browser</a></figcaption></figure>`;
    }
    const link = `<p><a href="${host}play/">Run it in the browser</a></p>`;
    if (!this.lines.length) return link;
    const text = JSON.stringify({ text: this.lines }).replaceAll('<', '\\u003c');
    return `<script type="application/json">${text}</script><pre><code>${this.lines.map(escape).join('&#10;')}</code></pre>${link}`;
  }
}

/** Reads what stands behind the word `millrace`, and the block's text. */
export function embed(info, text = '') {
  const pairs = [];
  let rest = info.trim();
  while (rest) {
    const found = /^([^\s=]+)=("[^"]*"|'[^']*'|\S*)/.exec(rest);
    if (!found) throw new Error(`expected name=value such as lesson=L16, found ${rest.split(/\s/)[0]}`);
    const [all, name, value] = found;
    pairs.push([name, /^(".*"|'.*')$/s.test(value) ? value.slice(1, -1) : value]);
    rest = rest.slice(all.length).trimStart();
  }
  return new Embed(pairs, text);
}

/** The address of a site as `Embed.markup` wants it. */
export function host(text) {
  const said = String(text ?? '').trim();
  if (!/^(https?:\/\/|\.{0,2}\/)/.test(said) || /["<>& ]/.test(said)) {
    throw new Error(`host: expected where Millrace is served, such as https://example.org/millrace/, found ${said}`);
  }
  return `${said.replace(/\/+$/, '')}/`;
}

/** The loader's address. */
export const loader = (host) => `${host}embed/v1/embed.js`;

const escape = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

function expected(kinds) {
  const words = kinds.map((kind) => KINDS[kind]?.[1] ?? kind);
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${words.at(-1)}` : words[0];
}

/** The attribute that differs by at most two letters; the first of several. */
function nearest(name) {
  const far = [...KNOWN.keys()].map((known) => [distance(name, known), known]);
  const [best] = far.sort(([a], [b]) => a - b);
  return best[0] <= 2 ? best[1] : undefined;
}

function distance(a, b) {
  let row = Array.from({ length: b.length + 1 }, (_, n) => n);
  for (const [n, letter] of [...a].entries()) {
    const next = [n + 1];
    for (const [at, other] of [...b].entries()) next.push(Math.min(row[at] + (letter === other ? 0 : 1), row[at + 1] + 1, next[at] + 1));
    row = next;
  }
  return row.at(-1);
}
