// Keeps the site for visits without a network, once the page is at rest, and says when a new version is there. It never
// reloads by itself. In a sandboxed frame, and in any other frame, it does nothing.

const words = {
  en: { ready: 'A new version is ready.', reload: 'Reload', later: 'Later' },
  de: { ready: 'Eine neue Version ist da.', reload: 'Neu laden', later: 'Später' },
};
const home = new URL('./', import.meta.url);
const { serviceWorker } = window.origin !== 'null' && window.top === window && isSecureContext ? navigator : {};
if (serviceWorker) {
  if (document.readyState === 'complete') at_rest();
  else addEventListener('load', at_rest);
}

function at_rest() {
  // The engine is read and compiled first; four seconds later nobody waits for anything.
  setTimeout(() => (window.requestIdleCallback ?? setTimeout)(start), 4000);
}

async function start() {
  const registration = await serviceWorker.register(new URL('sw.js', home), { updateViaCache: 'none' }).catch(() => undefined);
  if (!registration) return;
  let asked_for = false;
  serviceWorker.addEventListener('controllerchange', () => { if (asked_for) location.reload(); });
  const tell = (worker) => {
    // The very first version replaces nothing.
    if (worker && registration.active) announce(() => { asked_for = true; worker.postMessage('millrace-take-over'); });
  };
  tell(registration.waiting);
  registration.addEventListener('updatefound', () => {
    const worker = registration.installing;
    worker?.addEventListener('statechange', () => { if (worker.state === 'installed') tell(worker); });
  });
  document.addEventListener('visibilitychange', () => { if (!document.hidden) registration.update().catch(() => {}); });
  if (navigator.connection?.saveData) return;
  const { active } = await serviceWorker.ready;
  active?.postMessage('millrace-keep-all');
}

function announce(reload) {
  document.querySelector('.new-version')?.remove();
  const said = words[document.documentElement.lang.slice(0, 2)] ?? words.en;
  const style = new CSSStyleSheet();
  style.replaceSync(`
    .new-version { position: fixed; z-index: 60; left: 50%; bottom: 16px; transform: translateX(-50%); display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; width: max-content; max-width: calc(100vw - 32px); margin: 0; padding: 10px 12px 10px 18px; border: 1px solid var(--line); border-radius: 12px; background: var(--raised); color: var(--ink); box-shadow: var(--shadow); font: 500 15px/1.4 var(--sans) }
    .new-version button { min-height: 44px; padding: 0 16px; border: 1px solid var(--line); border-radius: 8px; background: none; color: inherit; font: inherit; cursor: pointer }
    .new-version button:first-of-type { border-color: var(--accent); background: var(--accent); color: var(--on-accent) }
    .new-version button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, style];
  const box = document.createElement('div');
  box.className = 'new-version';
  box.setAttribute('role', 'status');
  const text = document.createElement('span');
  const button = (label, act) => {
    const made = document.createElement('button');
    made.type = 'button';
    made.textContent = label;
    made.addEventListener('click', act);
    return made;
  };
  document.body.append(box);
  // A status is read out when its text changes, not when it comes with it.
  box.append(text, button(said.reload, reload), button(said.later, () => box.remove()));
  requestAnimationFrame(() => { text.textContent = said.ready; });
}
