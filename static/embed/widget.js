// The widget without its surroundings: fetches the text that it begins with, the module once for all widgets of a page, and
// passes methods on. Both the frame and the in-page mode stand on it.

import init, { mount, ask } from './@GLUE';
import { first, load } from './@LOAD';

const home = new URL('.', import.meta.url);
/** What a scene's lines may say that the first half of the module runs: topics, producers, groups of consumers. */
const PLAIN = /^(#.*|(wait|network latency|kafka-topics|produce|producer (start|rate)|app start) (?!.*--(?!(create|topic|partitions|keys|value|instances|work|session-timeout|heartbeat-interval) )).*|)$/;
let module;
let exports;

/** Begins a widget in `place`. `tell` gets each event's name and detail; `dress` sees to the style of a lesson's desk. */
export async function begin(place, wish, tell, dress) {
  // One module for all of them.
  module ??= init({ module_or_path: load() }).then((detail) => {
    exports = detail;
    dispatchEvent(new CustomEvent('millrace-module', { detail }));
  });
  const is_desk = wish.view === 'lesson' && wish.lesson;
  const text = await source(wish);
  const plain = isPlain(wish, text);
  if (!plain) preload();
  await Promise.all([module, is_desk && dress(new URL('@CSS'.replace('_first.css', '_desk.css'), home))]);
  if (!plain) await rest();
  const tasks = [...text.matchAll(/^## (Task .+)$/gm)].map(([, title]) => ({ title: german(wish.lang) ? title.replace('Task', 'Aufgabe') : title }));
  const number = mount(place, { ...wish, text, lessons: new URL('@LESSONS', home).href }, (name, detail) => {
    tell(name, name === 'open' ? { url: is_desk ? whole(wish) : share() } : detail);
  });
  const share = () => `${new URL('@PLAY', home).href}#run=${ask(number, 'share', '')}`;
  return async (name, argument = '') => {
    if (!['run', 'pause', 'destroy'].includes(name)) await rest();
    if (name === 'share') return share();
    const answer = ask(number, name, String(argument));
    return name === 'tasks' ? answer ?? tasks : answer;
  };
}

/** Whether all of the module is there. */
export function isWhole() {
  return exports?.rest_is_there?.value !== 0;
}

/** Waits until all of the module is there, or cannot be had: the call itself then says why. */
function rest() {
  return isWhole() || new Promise((done) => {
    addEventListener('millrace-whole', done, { once: true });
    dispatchEvent(new Event('millrace-use'));
  });
}

/** Whether the first half of the module is enough until the widget is touched. */
function isPlain({ lang = 'en', view = 'board', at, step, script, lesson, engine }, text) {
  if (!/^en/i.test(lang) || !['board', 'readonly'].includes(view) || at || step || script || engine) return false;
  const lines = lesson ? text.match(/\n```millrace preset\n([^]*?)```/)?.[1] ?? text : text;
  return lines.split('\n').every((line) => PLAIN.test(line.trim()));
}

/** Has the other half come beside the first. */
function preload() {
  const href = first?.replace(/_first\.lzma$/, '_rest.wasm');
  if (href) document.head.append(Object.assign(document.createElement('link'), { rel: 'preload', as: 'fetch', crossOrigin: 'anonymous', href }));
}

/** The lesson in the whole playground. */
function whole({ lesson, lang }) {
  return `${new URL('@PLAY', home).href}${german(lang) ? '?lang=de' : ''}#lesson=${lesson.split('-')[0]}`;
}

const german = (lang) => /^de\b/.test(lang);

/** The lines, or the history, or the lesson that a widget begins with. */
async function source({ text, state, lesson, view, lang, scenario = 'orders' }) {
  if (state || text) return state ?? text;
  if (!/^[\w-]+$/.test(lesson ?? scenario)) throw new Error(`${lesson ?? scenario}: no such name`);
  if (!lesson) return read(`scenes/${scenario}.mill`);
  // A desk fetches its lesson itself.
  if (view === 'lesson') return '';
  const shelf = await read('@LESSONScatalogue.txt');
  const folder = shelf.match(new RegExp(`\\b${lesson}-[\\w-]+`))?.[0];
  if (!folder) throw new Error(`there is no lesson ${lesson}`);
  return read(`@LESSONS${folder}/lesson${german(lang) ? '.de' : ''}.md`);
}

async function read(path) {
  const answer = await fetch(new URL(path, home));
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.text();
}
