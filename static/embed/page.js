// The in-page mode: the widget in the page itself, in a shadow root. All of them stand on one compiled module. It asks more of
// the page's policy than the frame does.

import { begin } from './@WIDGET';

const home = new URL('.', import.meta.url);
let sheet;

/** Begins a widget in `room`; answers as the frame does. */
export async function open(room, wish, dress, tell) {
  sheet ??= css();
  const style = await sheet;
  const root = room.getRootNode();
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, style];
  const place = room.appendChild(document.createElement('div'));
  place.className = 'page';
  const put = ({ theme, lang, colours }) => {
    root.host.setAttribute('data-theme', theme);
    place.lang = lang;
    for (const [name, value] of Object.entries(colours)) place.style.setProperty(`--${name}`, value);
  };
  put(dress);
  const call = await begin(place, { lang: dress.lang, ...wish }, tell);
  return {
    ask: async (name, argument) => call(name, argument),
    dress: put,
    destroy: () => {
      call('destroy');
      place.remove();
    },
  };
}

/** The frame's style, about a shadow root instead of a page. */
async function css() {
  const text = await (await fetch(new URL('@CSS', home))).text();
  const made = new CSSStyleSheet();
  made.replaceSync(text.replaceAll(/:root(\[[^\]]*\]|:not\(\[[^)]*\))/g, ':host($1)').replaceAll(':root', ':host'));
  // The half of the module that comes later is looked for beside this mark.
  const mark = '@FIRST';
  if (mark) {
    const link = Object.assign(document.createElement('link'), { rel: 'preload', as: 'fetch', crossOrigin: 'anonymous' });
    link.href = new URL(mark, home);
    document.head.append(link);
  }
  return made;
}
