// The page's side of a running widget: its frame, the channel that only the two of them hold, what the page looks like around
// it, the picture that stands in for it in print and while it rests.

const home = new URL('.', import.meta.url);
const site = new URL('@SITE', home).href;
/** What a widget's own text may not choose: that is the page's to say. */
const OURS = ['src', 'sandbox', 'mode', 'loading', 'state'];
const COLOURS = 'accent on-accent paper panel raised ink dim edge line trough bad sans mono'.split(' ');
const SVG = 'http://www.w3.org/2000/svg';
const PATIENCE = 20_000;
/** What only print shows beside the picture. */
const PRINT = '.tasks{margin:8px 0;padding:0;list-style:none;font:14px/1.6 system-ui,sans-serif}@media screen{.tasks{display:none}}';
const SAYS = {
  en: {
    left: (name) => `${name}, as it was left`,
    csp: (line) => `This page's Content-Security-Policy stops the widget. Add to it: ${line}`,
    silent: 'The widget does not answer; perhaps its address is blocked here.',
    needs: (why, origin) => `${why}. In the page itself the widget needs: script-src ${origin} 'wasm-unsafe-eval'; connect-src ${origin}`,
  },
  de: {
    left: (name) => `${name}, wie es zuletzt stand`,
    csp: (line) => `Die Content-Security-Policy dieser Seite hält das Widget auf. Ihr fehlt: ${line}`,
    silent: 'Das Widget antwortet nicht; vielleicht ist seine Adresse hier gesperrt.',
    needs: (why, origin) => `${why}. In der Seite selbst braucht das Widget: script-src ${origin} 'wasm-unsafe-eval'; connect-src ${origin}`,
  },
};
const engines = new Set();
const print = new CSSStyleSheet();
let number = 0;

/** One widget with an engine. */
export class Engine {
  #id = `m${number += 1}`;
  #element;
  #calls = new Map();
  #frame;
  #port;
  #page;
  #svg;
  #tasks = [];
  #there;
  #ready = new Promise((resolve) => { this.#there = resolve; });
  #wish;

  constructor(element, more) {
    this.#element = element;
    engines.add(this);
    this.#begin(more);
  }

  /** A method of the widget, once it is there. */
  async ask(name, argument = '') {
    await this.#ready;
    if (this.#page) return this.#page.ask(name, argument);
    const id = number += 1;
    return new Promise((resolve) => {
      this.#calls.set(id, resolve);
      this.#port?.postMessage({ millrace: 1, id, type: 'ask', name, argument: String(argument) });
    });
  }

  /** What is needed to go on later; the picture is in its place. */
  async save() {
    const [svg, text, tasks] = await Promise.all(['snapshot', 'save', 'tasks'].map((name) => this.ask(name)));
    this.#svg = svg;
    this.#tasks = tasks;
    this.draw();
    return { svg, text };
  }

  close() {
    engines.delete(this);
    this.#page?.destroy();
    this.#frame?.remove();
    this.#port?.close();
    this.#frame = this.#port = undefined;
    for (const resolve of this.#calls.values()) resolve(undefined);
  }

  /** Passes on what the page looks like around it. */
  dress() {
    this.#port?.postMessage({ millrace: 1, id: this.#id, type: 'dress', dress: this.#dress() });
    this.#page?.dress(this.#dress());
  }

  /** A frame asks for its channel. Any frame can say that it is this one; only ours is it. */
  hello(id, source) {
    if (id !== this.#id || source !== this.#frame?.contentWindow || this.#port) return;
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.onmessage = ({ data }) => this.#heard(data);
    source.postMessage({ millrace: 1, id, type: 'connect', wish: this.#wish, dress: this.#dress() }, '*', [port2]);
  }

  blocked(line) {
    if (this.#frame && !this.#port) this.#fail('csp', this.#says.csp(line));
  }

  /** Puts the last picture where print, and rest, can see it. */
  draw() {
    if (!this.#svg) return this.#list();
    // A page's policy may forbid style elements, even in a document that nobody sees.
    const [whole, css = ''] = this.#svg.match(/<style>([^]*?)<\/style>/) ?? [''];
    const picture = new DOMParser().parseFromString(this.#svg.replace(whole, ''), 'image/svg+xml').documentElement;
    const style = new CSSStyleSheet();
    style.replaceSync(css + PRINT);
    const root = this.#element.shadowRoot;
    root.adoptedStyleSheets = [style, root.adoptedStyleSheets.at(-1)];
    const drawn = copy(picture);
    drawn.setAttribute('role', 'img');
    drawn.setAttribute('aria-label', this.#says.left(this.#name()));
    this.#element.part('picture').replaceChildren(drawn);
    this.#element.room.classList.add('drawn');
    this.#list();
  }

  /** The lesson's tasks, below the picture. */
  #list() {
    const place = this.#element.part('picture');
    place.querySelector('.tasks')?.remove();
    if (!this.#tasks?.length) return;
    const list = document.createElement('ul');
    list.className = 'tasks';
    for (const { title, done } of this.#tasks) {
      list.appendChild(document.createElement('li')).textContent = `${done ? '☑' : '☐'} ${title}`;
    }
    place.append(list);
  }

  async #begin(more) {
    const element = this.#element;
    try {
      this.#wish = { ...(await attributes(element)), ...more };
    } catch (error) {
      return this.#fail('source', error.message);
    }
    if (element.isInPage) return this.#open();
    const frame = document.createElement('iframe');
    frame.title = this.#name();
    frame.setAttribute('sandbox', element.getAttribute('sandbox') === 'persist' ? 'allow-scripts allow-same-origin' : 'allow-scripts');
    frame.src = new URL(`frame.html#host=${this.#id}`, home);
    this.#frame = frame;
    element.room.append(frame);
    setTimeout(() => this.#frame && !this.#port && this.#fail('timeout', this.#says.silent), PATIENCE);
  }

  async #open() {
    try {
      const { open } = await import(new URL('@PAGE', home));
      this.#page = await open(this.#element.room, this.#wish, this.#dress(), (name, detail) => this.#happened(name, detail));
      this.#there();
      this.#look();
    } catch (error) {
      this.#fail('page', this.#says.needs(error.message, home.origin));
    }
  }

  /** In the page itself there is no picture but what is there; the tasks stand below it. */
  async #look() {
    const root = this.#element.shadowRoot;
    print.replaceSync(PRINT);
    if (!root.adoptedStyleSheets.includes(print)) root.adoptedStyleSheets = [print, ...root.adoptedStyleSheets];
    this.#tasks = await this.ask('tasks');
    this.draw();
  }

  get #says() { return SAYS[this.#lang().slice(0, 2)] ?? SAYS.en; }

  #lang() { return this.#element.closest('[lang]')?.lang || 'en'; }

  #name() {
    const { title, lesson, scenario } = this.#wish ?? {};
    return title ?? `millrace: ${lesson ?? scenario ?? 'a scenario'}`;
  }

  #dress() {
    const element = this.#element;
    const style = getComputedStyle(element);
    const colours = COLOURS.map((name) => [name, style.getPropertyValue(`--millrace-${name}`).trim()]);
    const theme = element.getAttribute('theme') ?? 'auto';
    return {
      theme: theme === 'auto' ? hostTheme() : theme,
      lang: this.#lang(),
      fit: (element.getAttribute('height') ?? 'auto') === 'auto' ? 'auto' : 'fill',
      colours: Object.fromEntries(colours.filter(([, value]) => value)),
    };
  }

  #heard({ type, id, value, tasks, name, detail }) {
    if (type === 'event') this.#happened(name, detail);
    else if (type === 'picture') {
      this.#svg = value;
      this.#tasks = tasks;
    }
    else if (type === 'answer') {
      this.#calls.get(id)?.(value);
      this.#calls.delete(id);
    }
  }

  #happened(name, detail) {
    const element = this.#element;
    if (name === 'ready') this.#there();
    if (name === 'check' && this.#page) this.#look();
    if (name === 'ready' || name === 'step') element.used(name === 'ready');
    if (name === 'resize') element.reserve(detail.height);
    if (name !== 'open') element.dispatchEvent(new CustomEvent(`millrace-${name}`, { bubbles: true, composed: true, detail }));
    else if (detail.url.startsWith(site)) window.open(detail.url, '_blank', 'noopener');
  }

  #fail(code, message) {
    const element = this.#element;
    element.destroy();
    element.wanted = false;
    element.part('says').textContent = message;
    this.#happened('error', { code, message });
  }
}

/** What the element asks for: its attributes, and the lines in it or at an address, which the page itself fetches. */
async function attributes(element) {
  const wish = Object.fromEntries([...element.attributes].map(({ name, value }) => [name, value]));
  const inline = element.querySelector('script[type="application/json"], script[type="text/plain"]');
  if (inline?.type === 'text/plain') wish.text = inline.textContent;
  else if (inline) {
    const said = JSON.parse(inline.textContent);
    for (const name of OURS) delete said[name];
    Object.assign(wish, said, { text: [said.text].flat().join('\n') });
  } else if (wish.src) {
    const answer = await fetch(new URL(wish.src, document.baseURI));
    if (!answer.ok) throw new Error(`${wish.src}: ${answer.status}`);
    wish.text = await answer.text();
  }
  return wish;
}

/** The theme that a generator has set on the page: mdBook, Docusaurus, MkDocs, Sphinx. */
function hostTheme() {
  for (const { dataset, className } of [document.body, document.documentElement]) {
    const said = `${dataset.theme} ${dataset.mdColorScheme} ${className}`;
    if (/\b(dark|slate|coal|navy|ayu)\b/.test(said)) return 'dark';
    if (/\b(light|default|rust)\b/.test(said)) return 'light';
  }
  return 'auto';
}

/** A copy of a drawing from the frame: of harmless parts only, and by no way that a page's policy shuts. */
function copy(from) {
  if (!/^(svg|g|path|rect|circle|line|text|tspan|title|defs|pattern|poly\w+|ellipse|clipPath)$/.test(from.localName)) return '';
  const to = document.createElementNS(SVG, from.localName);
  for (const { name, value } of from.attributes) {
    if (name === 'style') to.style.cssText = value;
    else if (!/^(on|role|tabindex|aria|xmlns)|href/.test(name)) to.setAttribute(name, value);
  }
  to.append(...[...from.childNodes].map((node) => (node.nodeType === 1 ? copy(node) : node.data)));
  return to;
}

const watcher = new MutationObserver(() => engines.forEach((engine) => engine.dress()));
for (const element of [document.documentElement, document.body]) watcher.observe(element, { attributes: true });
addEventListener('message', ({ data, source }) => {
  if (data?.millrace === 1 && data.type === 'hello') engines.forEach((engine) => engine.hello(data.id, source));
});
addEventListener('securitypolicyviolation', ({ blockedURI, effectiveDirective }) => {
  if (blockedURI.startsWith(home.origin)) engines.forEach((engine) => engine.blocked(`${effectiveDirective} ${home.origin}`));
});
matchMedia('print').addEventListener('change', ({ matches }) => matches && engines.forEach((engine) => engine.draw()));
