// `node page.mjs IN OUT`: a page of the example as Docusaurus makes it on its server: MDX with the remark plugin, React to
// HTML, the tags of the plugin in its head; below it the component. For where Docusaurus itself cannot be had.

import { readFileSync, writeFileSync } from 'node:fs';
import { evaluate } from '@mdx-js/mdx';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import * as runtime from 'react/jsx-runtime';
import millrace, { remarkMillrace } from 'millrace-docs/docusaurus';
import Millrace from 'millrace-docs/react';

const [, , from, to] = process.argv;
const host = 'https://millrace.example/';
const source = readFileSync(from, 'utf8').replace(/^---[\s\S]*?---\n/, '');
const { default: Page } = await evaluate(source, { ...runtime, remarkPlugins: [[remarkMillrace, { host }]] });
const [{ attributes }] = millrace({}, { host }).injectHtmlTags().headTags;
const head = createElement('head', null, createElement('script', attributes));
const body = createElement('body', null, createElement(Page), createElement(Millrace, { host, lesson: 'L03' }));
writeFileSync(to, `<!doctype html>\n${renderToStaticMarkup(createElement('html', { lang: 'en' }, head, body))}\n`);
