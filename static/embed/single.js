// In the widget's single file: what stands in for its address, and for fetching. Its archive is unpacked when the first
// widget comes near.

import { index, packed } from './files.js';

const script = document.currentScript;
/**
 * Where the widget would lie. Links lead to the site around it: `data-site` says where that is, else it is looked for where
 * the file itself lies.
 */
export const home_of_the_file = new URL(script?.dataset.site ? new URL('embed/v1/embed.js', new URL(script.dataset.site, document.baseURI)) : script?.src || document.baseURI).href;

const places = [[new URL('.', home_of_the_file).href, 'embed/'], [new URL('../../lessons/', home_of_the_file).href, 'lessons/']];
let files;

async function unpack() {
  const letters = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const all = await new Response(new Blob([letters]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
  let at = 0;
  return new Map(index.map(([name, length]) => [name, all.slice(at, at += length)]));
}

/** A file of the archive. */
export async function bytes(name) {
  files ??= unpack();
  return (await files).get(name);
}

/** What the file has in it is not fetched. */
export async function fetch(request, options) {
  const address = new URL(request.url ?? request, document.baseURI).href;
  for (const [place, name] of places) {
    const found = address.startsWith(place) && await bytes(name + address.slice(place.length));
    if (found) return new Response(found);
  }
  return globalThis.fetch(request, options);
}
