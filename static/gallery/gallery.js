// Each widget's snippet, as its author would write it, and a button that copies it.

const loader = document.querySelector('script[src$="embed/v1/embed.js"]').src;
const { copy: COPY, copied: COPIED, copyOf: COPY_OF, pinned, integrity } = document.querySelector('main').dataset;
const pin = document.querySelector('.pin input');
/** The loader under the address that never holds anything else. */
const PINNED = `<script type="module" src="${loader.replace('embed/v1/embed.js', pinned)}" integrity="${integrity}" crossorigin></script>`;
const NEWEST = `<script type="module" src="${loader}"></script>`;

function snippet(widget) {
  const attributes = [...widget.attributes].filter(({ name }) => name !== 'class').map(({ name, value }) => ` ${name}="${value}"`);
  const inside = widget.innerHTML.trim();
  const style = widget.matches('.tinted') ? '<style>millrace-embed { --millrace-accent: #7a2e8e; --millrace-paper: #fbf7ef }</style>\n' : '';
  return `${style}${pin.checked ? PINNED : NEWEST}\n<millrace-embed${attributes.join('')}>${inside && `\n${inside}\n`}</millrace-embed> <!-- MIT OR Apache-2.0 -->`;
}

for (const widget of document.querySelectorAll('article millrace-embed')) {
  const box = document.createElement('div');
  box.className = 'copyable';
  const code = box.appendChild(document.createElement('pre'));
  code.tabIndex = 0;
  const say = () => { code.textContent = snippet(widget); };
  say();
  pin.addEventListener('change', say);
  const copy = box.appendChild(document.createElement('button'));
  copy.type = 'button';
  copy.textContent = COPY;
  copy.setAttribute('aria-label', `${COPY_OF} ${widget.parentElement.querySelector('h2').textContent}`);
  copy.onclick = async () => {
    await navigator.clipboard.writeText(code.textContent);
    copy.textContent = COPIED;
    setTimeout(() => { copy.textContent = COPY; }, 2000);
  };
  widget.after(box);
}
const address = document.querySelector('.address');
address.textContent = new URL(address.dataset.path, document.baseURI).href;
const { origin } = new URL(loader);
document.querySelector('.policy').textContent = `script-src ${origin}; frame-src ${origin}`;

document.querySelector('.pin').hidden = !pinned;
document.querySelector('.pinned-tag').textContent = PINNED;
