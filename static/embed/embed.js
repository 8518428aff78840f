// <millrace-embed>: a widget in somebody else's page. This file is all that a page loads at first: it keeps the room free, and
// once that comes near it has host.js put a sandboxed frame there. Licence: MIT OR Apache-2.0. Nothing is sent anywhere.

const home = new URL('.', import.meta.url).href;
/** Engines that run in a page at most; the rest are pictures. */
const LIVE = 3;
const NAMES = 'lesson scenario src seed at script step view task controls height loading theme lang engine sandbox mode title'.split(' ');
const SAYS = { en: ['Run', 'Go on'], de: ['Starten', 'Weiter'] };
const all = new Set();
/** Those with an engine; the one that was used last is last. */
let live = [];

const sheet = new CSSStyleSheet();
sheet.replaceSync(`:host{display:block;margin:1em 0}:host([hidden]){display:none}
.room{position:relative;overflow:hidden;box-sizing:border-box;border:1px solid var(--millrace-edge,#8884);border-radius:var(--millrace-radius,10px)}
iframe{position:absolute;inset:0;width:100%;height:100%;border:0;opacity:0}
.picture,.says:empty,.live .go,.started .go,.live slot,.frozen slot{display:none}
.live iframe{opacity:1}.frozen .picture{display:block}
svg{display:block;width:100%;height:auto}.picture .poster-paper{stroke:none}
.go{position:absolute;right:12px;bottom:12px;padding:10px 16px;border:0;border-radius:8px;background:var(--millrace-accent,#0b63a5);color:var(--millrace-on-accent,#fff);font:600 14px/1.2 system-ui,sans-serif;cursor:pointer}
.go:focus-visible{outline:2px solid currentColor;outline-offset:-5px}
.says{margin:0;padding:12px 16px;font:14px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
@media print{.go,.drawn iframe{display:none}.drawn,.frozen{height:auto!important;min-height:0!important;border:0;break-inside:avoid}.drawn .picture{display:block}.room::after{content:attr(data-url);display:block;margin-top:4px;font:12px/1.5 system-ui,sans-serif}}`);

const near = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) target.near = isIntersecting;
  clearTimeout(near.soon);
  // Who scrolls past starts nothing.
  near.soon = setTimeout(settle, 150);
}, { rootMargin: '300px' });

/** Starts what is near, as far as there is room; what is far gives its engine up for it. */
function settle() {
  for (const widget of all) {
    if (widget.near && widget.wanted && (widget.isInPage || live.length < LIVE || live.some((other) => !other.near))) widget.start();
  }
}

class MillraceEmbed extends HTMLElement {
  static observedAttributes = NAMES;
  #engine;
  #room;
  #saved;

  connectedCallback() {
    if (!this.#room) {
      const root = this.attachShadow({ mode: 'open' });
      root.adoptedStyleSheets = [sheet];
      this.#room = document.createElement('div');
      for (const [tag, name] of [['slot', ''], ['div', 'picture'], ['p', 'says'], ['button', 'go']]) {
        this.#room.append(Object.assign(document.createElement(tag), { className: name }));
      }
      this.part('says').role = 'status';
      this.part('go').onclick = () => this.start({ runs: '1' });
      root.append(this.#room);
    }
    all.add(this);
    this.wanted = this.getAttribute('loading') !== 'click';
    this.mark('');
    if (this.getAttribute('loading') === 'eager') this.start();
    near.observe(this);
  }

  disconnectedCallback() {
    near.unobserve(this);
    all.delete(this);
    this.destroy();
  }

  attributeChangedCallback(name) {
    if (!this.#room) return;
    if (name === 'height') this.reserve();
    else if (name === 'theme' || name === 'lang') this.#engine?.dress();
    else if (this.#engine) {
      this.destroy();
      this.start();
    }
  }

  run() { return this.#ask('run'); }
  pause() { return this.#ask('pause'); }
  reset() { return this.#ask('reset'); }
  step(n = 1) { return this.#ask('step', n); }
  exec(line) { return this.#ask('exec', line); }
  snapshot() { return this.#saved?.svg ?? this.#ask('snapshot'); }
  getState(path) { return this.#ask('state', path); }
  shareUrl() { return this.#ask('share'); }

  /** Takes the engine away; what was there before is there again. */
  destroy() {
    this.#engine?.close();
    this.#engine = this.#saved = undefined;
    live = live.filter((other) => other !== this);
    this.mark('');
  }

  /** Begins; if there are too many, another one gives its engine up. */
  start(more) {
    if (this.#engine) return;
    this.wanted = true;
    // In the page itself all of them stand on one engine.
    if (!this.isInPage) live.push(this);
    const room = live.length > LIVE ? (live.find((other) => !other.near) ?? live[0]).freeze() : 0;
    if (!this.#saved) this.mark('started');
    // Whoever gives its engine up has two seconds to tell where it was.
    const free = Promise.race([room, new Promise((done) => setTimeout(done, room && 2000))]);
    this.#engine = free.then(() => import(`${home}@HOST`)).then(({ Engine }) => new Engine(this, { state: this.#saved?.text, ...more }));
    // Calls that come before it wait for it; it may be closed before it is there.
    const coming = this.#engine;
    for (const name of ['ask', 'close', 'dress']) coming[name] = (...what) => coming.then((engine) => engine[name](...what));
  }

  /** Gives the engine up; the picture and the history stay. */
  async freeze() {
    live = live.filter((other) => other !== this);
    const engine = this.#engine;
    const saved = await (await engine).save();
    if (this.#engine !== engine) return;
    this.destroy();
    this.#saved = saved;
    this.mark('frozen');
  }

  /** The engine is there, or was used. */
  used(isThere) {
    if (isThere) {
      // What stood there goes; the page does not jump until the frame has told its height.
      if (!this.isInPage) this.reserve(this.#room.clientHeight);
      this.mark('live');
    }
    this.#saved = undefined;
    if (live.includes(this)) live = [...live.filter((other) => other !== this), this];
  }

  part(name) { return this.#room.querySelector(`.${name}`); }

  get room() { return this.#room; }

  get isInPage() { return this.getAttribute('mode') === 'page'; }

  mark(name) {
    if (!this.#room) return;
    this.#room.className = `room ${name}`;
    const [run, on] = SAYS[this.closest('[lang]')?.lang.slice(0, 2)] ?? SAYS.en;
    this.part('go').textContent = `▶ ${name === 'frozen' ? on : run}`;
    this.#room.dataset.url = this.#url();
    this.reserve();
  }

  /** Keeps as much room free as is asked for, or as is needed; a lesson's desk has a height of its own. */
  reserve(height) {
    const wanted = this.getAttribute('height') ?? 'auto';
    const { style } = this.#room;
    if (wanted !== 'auto') style.height = /^\d+$/.test(wanted) ? `${wanted}px` : wanted;
    else if (height) style.height = `${Math.min(Math.max(height, 120), 2400)}px`;
    const [narrow, wide] = this.getAttribute('view') === 'lesson' ? [682, 602] : [470, 392];
    const needed = this.clientWidth < 603 ? narrow : wide;
    style.minHeight = wanted !== 'auto' || this.children.length ? '' : `${needed}px`;
  }

  /** Where it can be run, for whoever reads it on paper. */
  #url() {
    const asked = ['scenario', 'seed', 'at', 'step'].map((name) => [name, this.getAttribute(name)]).filter(([, value]) => value);
    const lesson = this.getAttribute('lesson');
    const way = lesson ? `l/${lesson.split('-')[0]}/` : this.getAttribute('scenario') ? `e/?${new URLSearchParams(asked)}` : '';
    return new URL(`../../${way}`, home).href;
  }

  async #ask(name, argument = '') {
    this.start();
    return (await this.#engine).ask(name, argument);
  }
}
customElements.define('millrace-embed', MillraceEmbed);
