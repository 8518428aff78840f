// The site without a network. `cargo xtask build` fills in what the site holds, and a version that changes with any of it.
// One cache a version, filled as a whole or not at all; a page that is open keeps the version that it began with until it
// is reloaded.

const VERSION = '{{version}}';
/** What a visit needs: kept before this version is ready. */
const FIRST = {{first}};
/** The rest: kept when a page says that it has nothing better to do. */
const LATER = {{later}};

const NAME = 'millrace-';
const CACHE = NAME + VERSION;
const root = new URL('./', self.location).href;
/** A name with a hash never means other bytes. */
const is_forever = (url) => /-[0-9a-f]{12,16}(_[a-z]+)?\.[a-z]+$/.test(url);

self.addEventListener('install', (event) => event.waitUntil(keep(FIRST)));

self.addEventListener('activate', (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name.startsWith(NAME) && name !== CACHE) await caches.delete(name);
  await self.clients.claim();
})()));

self.addEventListener('message', (event) => {
  if (event.data === 'millrace-take-over') self.skipWaiting();
  if (event.data === 'millrace-keep-all') event.waitUntil(keep(LATER).then(() => event.source?.postMessage('millrace-kept')));
});

/** Puts files into this version's cache: from where they are the same already, else from the network. */
async function keep(paths) {
  const cache = await caches.open(CACHE);
  for (const path of paths) {
    const url = root + path;
    if (await cache.match(url)) continue;
    const same = is_forever(url) ? await caches.match(url) : undefined;
    const answer = same ?? await fetch(url, { cache: is_forever(url) ? 'default' : 'no-cache' });
    if (!answer.ok) throw new Error(`${answer.status}: ${url}`);
    await cache.put(url, answer);
  }
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = request.url.split(/[?#]/)[0];
  if (request.method !== 'GET' || !url.startsWith(root) || request.headers.has('range')) return;
  event.respondWith(is_forever(url) ? kept_first(url, request) : network_first(url, request));
});

async function kept_first(url, request) {
  return (await caches.match(url)) ?? fetch(request);
}

/** What may change is asked for; what is kept answers when the network does not, or not soon. */
async function network_first(url, request) {
  const kept = async () => {
    const cache = await caches.open(CACHE);
    return (await cache.match(url.endsWith('/') ? `${url}index.html` : url)) ?? (await cache.match(`${url}/index.html`));
  };
  const asked = fetch(request);
  asked.catch(() => {});
  let late;
  const soon = new Promise((done) => { late = setTimeout(done, 4000); });
  try {
    const answer = await Promise.race([asked, soon.then(kept)]);
    // A server that is there but ill is no better than none.
    if (answer && (answer.status < 500)) return answer;
    return (await kept()) ?? (await asked);
  } catch {
    const answer = await kept();
    if (answer) return answer;
    if (request.mode !== 'navigate') return Response.error();
    return (await (await caches.open(CACHE)).match(`${root}404.html`)) ?? Response.error();
  } finally {
    clearTimeout(late);
  }
}
