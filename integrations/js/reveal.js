// reveal.js: elements with `data-millrace`, and code blocks of the language millrace in Markdown slides, become widgets.
// A widget starts when its slide is near; its controls are few unless the slide says otherwise.

import { embed, host, loader } from './embed.js';

/** `plugins: [Millrace]`, with `millrace: { host }` among the options. */
export default {
  id: 'millrace',
  init(deck) {
    const address = host(deck.getConfig().millrace?.host);
    const slides = deck.getSlidesElement();
    const document = slides.ownerDocument;
    for (const place of slides.querySelectorAll('[data-millrace]')) put(place, place.dataset.millrace, place.textContent, address);
    for (const code of slides.querySelectorAll('pre > code.millrace, pre > code.language-millrace')) {
      put(code.parentElement, code.dataset.attributes ?? '', code.textContent, address);
    }
    const script = document.createElement('script');
    script.type = 'module';
    script.src = loader(address);
    document.head.append(script);
  },
};

function put(place, info, text, address) {
  const said = /(^|\s)controls=/.test(info) ? info : `${info} controls=minimal`;
  try {
    place.outerHTML = embed(said, text).element(address);
  } catch (error) {
    const slide = place.closest('section');
    const number = [...slide.parentElement.children].indexOf(slide) + 1;
    throw new Error(`${place.ownerDocument.URL ?? 'slides'}, slide ${number}: ${error.message}`);
  }
}
