// The frame's side: begins the widget with what the page around it asks for, or with the address where nobody does; tells
// events; keeps the page informed about its height.

import { begin } from './@WIDGET';

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
  const { theme = 'auto', lang = 'en', ...wish } = Object.fromEntries(query);
  dress({ theme, lang, fit: 'fill', colours: {} });
  start({ lang, ...wish });
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
    const value = name === 'snapshot' ? snapshot() : call?.(name, argument);
    port.postMessage({ millrace: 1, id: of, type: 'answer', value });
  }
}

function tell(name, detail) {
  if (port) port.postMessage({ millrace: 1, id, type: 'event', name, detail });
  else if (name === 'open') window.open(detail.url, '_blank', 'noopener');
  if (name === 'ready') watch();
  if (name === 'ready' || name === 'step') later();
}

async function start(wish) {
  try {
    call = await begin(place, wish, tell);
  } catch (error) {
    place.textContent = error.message;
    place.className = 'broken';
    tell('error', { code: 'start', message: error.message });
    tell('ready', {});
  }
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
/** Leaves a picture with the page, which may be printed at any time. */
function later() {
  if (!port || quiet) return;
  quiet = setTimeout(() => {
    quiet = undefined;
    port.postMessage({ millrace: 1, id, type: 'picture', value: snapshot() });
  }, 1000);
}

/** The stage as it stands, as a drawing that needs nothing else. */
function snapshot() {
  return call?.('snapshot', root.dataset.theme);
}
