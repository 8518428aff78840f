// The frame's side: begins the widget with what the page around it asks for, or with the address where nobody does; tells
// events; keeps the page informed about its height.

import { begin, isWhole } from './@WIDGET';

const root = document.documentElement;
const place = document.querySelector('main');
const query = new URLSearchParams(location.hash.slice(1) || location.search);
const id = query.get('host');
let port;
let call;

if (id && parent !== window) {
  addEventListener('message', connect);
  // Nothing secret is in it, and the page's origin is not known here.
  parent.postMessage({ millrace: 1, id, type: 'hello' }, '*');
} else {
  const [, lesson] = location.pathname.match(/\/e\/(L\d+)\/?$/) ?? [];
  const { theme = 'auto', lang = 'en', ...wish } = { ...lesson && { lesson }, ...Object.fromEntries(query) };
  dress({ theme, lang, fit: 'fill', colours: {} });
  draw(wish, lang);
  start({ lang, ...wish });
}

/** What it begins with, drawn when the site was built: there is something to see while the engine comes. */
function draw({ scenario = 'orders', lesson, state, src, script, view }, lang) {
  if (state || src || script || view === 'lesson' || !/^[\w-]+$/.test(lesson ?? scenario)) return;
  const way = lesson ? `lessons/${lesson.split('-')[0]}${/^de/.test(lang) ? '.de' : ''}` : `scenes/${scenario}`;
  const image = Object.assign(new Image(), { src: new URL(`@SITE${way}.svg`, import.meta.url).href, alt: '', className: 'poster' });
  image.onerror = () => image.remove();
  document.body.append(image);
}

/** Only the page that holds this frame may connect, and only once. */
function connect({ source, data, ports }) {
  if (source !== parent || data?.millrace !== 1 || data.id !== id || data.type !== 'connect' || !ports[0]) return;
  removeEventListener('message', connect);
  port = ports[0];
  port.onmessage = heard;
  dress(data.dress);
  start({ lang: data.dress.lang, ...data.wish });
}

async function heard({ data }) {
  if (data?.millrace !== 1) return;
  if (data.type === 'dress') dress(data.dress);
  else if (data.type === 'ask') {
    const { id: of, name, argument } = data;
    const value = await (name === 'snapshot' ? snapshot() : call?.(name, argument));
    port.postMessage({ millrace: 1, id: of, type: 'answer', value });
  }
}

function tell(name, detail) {
  if (port) port.postMessage({ millrace: 1, id, type: 'event', name, detail });
  else if (name === 'open') window.open(detail.url, '_blank', 'noopener');
  if (name === 'ready') {
    document.querySelector('.poster')?.remove();
    watch();
  }
  if (/^(ready|step|check)$/.test(name)) later();
}

async function start(wish) {
  try {
    // A frame without an origin has nothing to keep anything in.
    call = await begin(place, { ...wish, keeps: origin === 'null' ? '' : '1' }, tell, sheet);
  } catch (error) {
    place.textContent = error.message;
    place.className = 'broken';
    tell('error', { code: 'start', message: error.message });
    tell('ready', {});
  }
}

/** Another style; the widget waits for it. */
function sheet(href) {
  return new Promise((done) => {
    document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', crossOrigin: '', href, onload: done, onerror: done }));
  });
}

/** The page's theme, language and colours. */
function dress({ theme, lang, fit, colours }) {
  Object.assign(root.dataset, { theme, fit });
  root.lang = lang;
  for (const [name, value] of Object.entries(colours)) root.style.setProperty(`--${name}`, value);
}

let width;
let height = 0;
/** The frame is as high as what is in it; it grows while things appear, and does not shrink under the reader's eyes. */
function watch() {
  new ResizeObserver(() => {
    if (innerWidth !== width) height = 0;
    width = innerWidth;
    const now = Math.ceil(place.getBoundingClientRect().height) + 2;
    if (now > height) tell('resize', { height: (height = now) });
  }).observe(place);
}

let quiet;
/** Leaves a picture with the page, which may be printed at any time: once all of the module is there, which draws it. */
function later() {
  if (!port || quiet || !isWhole()) return;
  quiet = setTimeout(async () => {
    quiet = undefined;
    port.postMessage({ millrace: 1, id, type: 'picture', value: await snapshot(), tasks: await call('tasks') });
  }, 1000);
}
addEventListener('millrace-whole', later);

/** With the rest of the module comes the rest of the style. */
addEventListener('millrace-rest', () => {
  const first = document.querySelector('link[rel=stylesheet]');
  const all = first.cloneNode();
  all.href = first.href.replace('_first.css', '_all.css');
  first.after(all);
});

/** The stage as it stands, as a drawing that needs nothing else. */
function snapshot() {
  return call?.('snapshot', root.dataset.theme);
}
