// `node slides.mjs IN OUT`: runs the plugin over a deck as reveal.js would, in a document without a browser, and writes what
// it becomes. `cargo xtask integrations reveal` puts happy-dom and the package beside it.

import { readFileSync, writeFileSync } from 'node:fs';
import { Window } from 'happy-dom';
import Millrace from 'millrace-docs/reveal';

const [, , from, to] = process.argv;
const source = readFileSync(from, 'utf8');
const [, host] = /millrace: \{ host: '([^']+)'/.exec(source);
const { document } = new Window({ settings: { disableJavaScriptFileLoading: true, disableCSSFileLoading: true, disableJavaScriptEvaluation: true } });
document.documentElement.innerHTML = source.replace(/^[\s\S]*?<html[^>]*>|<\/html>\s*$/g, '');
Millrace.init({ getConfig: () => ({ millrace: { host } }), getSlidesElement: () => document.querySelector('.slides') });
writeFileSync(to, `<!doctype html>\n${document.documentElement.outerHTML}`);
process.exit(0);
