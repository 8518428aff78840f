// The second half of the module: code that a first visit does not run. It is
// fetched at the first sign of use, or once the page has been watched for a
// while; should a function of it be called before it has come, it is fetched at
// once, and the page waits for it. A widget is told by events when it begins to
// come, and when it is there or cannot be had; it may ask for it by another.

/** How long a page is watched before it fetches what its watcher may do next, in milliseconds. */
const WATCHED = 30_000;

let exports;
let address;
let coming;
const waiting = [];

/** Takes the first half's exports; a module that was built whole has no rest. Nothing else may be done before. */
export function prepareRest(first) {
  exports = first;
  const preload = document.querySelector('link[rel=preload][href$="_first.lzma"]');
  // Without an address a visit is being recorded: the rest never comes.
  if (restIsThere() || !preload) return;
  address = preload.href.replace(/_first\.lzma$/, '_rest.wasm');
  for (const sign of ['pointermove', 'pointerdown', 'keydown', 'millrace-use']) {
    addEventListener(sign, fetchRest, { once: true, capture: true, passive: true });
  }
  setTimeout(fetchRest, WATCHED);
}

/**
 * Calls the module's `begin`: now, or once every function is there. So it is where the site is kept for visits without a
 * network: the rest is at hand, and what a page waits for (`loadRest`) browsers ask of the network only.
 */
export function beginWith(everything) {
  const kept = globalThis.origin !== 'null' && globalThis.navigator?.serviceWorker?.controller;
  if ((everything || kept) && !restIsThere()) fetchRest().then(() => exports.begin());
  else exports.begin();
}

/** Does something in a task of its own. */
export function inTask(work) {
  if (globalThis.scheduler?.postTask) scheduler.postTask(work);
  else setTimeout(work);
}

/** Whether every function is there. */
export function restIsThere() {
  return !exports?.rest_is_there || exports.rest_is_there.value === 1;
}

/** Calls `tell` as soon as every function is there; not at all if they are. */
export function whenRestIsThere(tell) {
  if (!restIsThere()) waiting.push(tell);
}

/** Fetches the rest in the background. */
export function fetchRest() {
  coming ??= fetchAndLink();
  return coming;
}

/** Fetches the rest now unless it is there; throws if it cannot be had. */
export function loadRest() {
  if (restIsThere()) return;
  const request = new XMLHttpRequest();
  request.open('GET', address, false);
  request.overrideMimeType('text/plain; charset=x-user-defined');
  request.send();
  if (request.status !== 200) throw new Error(`${address}: ${request.status}`);
  link(new WebAssembly.Module(Uint8Array.from(request.responseText, (letter) => letter.charCodeAt(0))));
}

async function fetchAndLink() {
  dispatchEvent(new Event('millrace-rest'));
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    link(await WebAssembly.compile(await answer.arrayBuffer()));
  } catch {
    // The first call into the rest tries once more, and says what is wrong.
    dispatchEvent(new Event('millrace-whole'));
  }
}

function link(rest) {
  if (restIsThere()) return;
  new WebAssembly.Instance(rest, { first: exports });
  exports.rest_is_there.value = 1;
  for (const tell of waiting.splice(0)) tell();
  dispatchEvent(new Event('millrace-whole'));
}
