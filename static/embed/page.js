// The in-page mode: the widget in the page itself, in a shadow root. All of them stand on one compiled module. It asks more of
// the page's policy than the frame does.

import { begin } from './@WIDGET';

const home = new URL('.', import.meta.url);
let sheet;
let desk;

/** Begins a widget in `room`; answers as the frame does. */
export async function open(room, wish, dress, tell) {
  sheet ??= css('@CSS');
  const root = room.getRootNode();
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, await sheet];
  const place = room.appendChild(document.createElement('div'));
  place.className = 'page';
  // What a frame asks of its own width, this asks of the column that it stands in.
  place.style.containerType = 'inline-size';
  const phone = `(max-width: ${innerWidth - place.clientWidth + 640}px)`;
  const put = ({ theme, lang, colours }) => {
    root.host.setAttribute('data-theme', theme);
    place.lang = lang;
    for (const [name, value] of Object.entries(colours)) place.style.setProperty(`--${name}`, value);
  };
  put(dress);
  const add = async (href) => {
    desk ??= css(href);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, await desk];
  };
  const call = await begin(place, { lang: dress.lang, ...wish, keeps: '', phone }, tell, add);
  return {
    ask: async (name, argument) => call(name, argument),
    dress: put,
    destroy: () => {
      call('destroy');
      place.remove();
    },
  };
}

/** The frame's style, about a shadow root instead of a page; all of it when the rest of the module comes. */
async function css(href) {
  const made = new CSSStyleSheet();
  const take = async (name) => {
    const text = await (await fetch(new URL(name, home))).text();
    const ours = text.replaceAll(/:root(\[[^\]]*\]|:not\(\[[^)]*\))/g, ':host($1)').replaceAll(':root', ':host');
    made.replaceSync(ours.replaceAll(/@media(?=[^{]*\bwidth)/g, '@container'));
  };
  await take(href);
  const all = `${href}`.replace('_first.css', '_all.css');
  if (all !== `${href}`) addEventListener('millrace-rest', () => take(all));
  // The half of the module that comes later is looked for beside this mark.
  const mark = '@FIRST';
  if (mark) {
    const link = Object.assign(document.createElement('link'), { rel: 'preload', as: 'fetch', crossOrigin: 'anonymous' });
    link.href = new URL(mark, home);
    document.head.append(link);
  }
  return made;
}
