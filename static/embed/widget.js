// The widget without its surroundings: fetches the text that it begins with, the module once for all widgets of a page, and
// passes methods on. Both the frame and the in-page mode stand on it.

import init, { mount, ask } from './@GLUE';
import { load } from './@LOAD';

const home = new URL('.', import.meta.url);
let module;

/** Begins a widget in `place`. `tell` gets each event's name and detail. */
export async function begin(place, wish, tell) {
  // One module for all of them.
  module ??= init({ module_or_path: load() }).then((detail) => dispatchEvent(new CustomEvent('millrace-module', { detail })));
  const [text] = await Promise.all([source(wish), module]);
  const number = mount(place, { ...wish, text }, (name, detail) => {
    tell(name, name === 'open' ? { url: share() } : detail);
  });
  const share = () => `${new URL('@PLAY', home).href}#run=${ask(number, 'share', '')}`;
  return (name, argument = '') => (name === 'share' ? share() : ask(number, name, String(argument)));
}

/** The lines, or the history, or the lesson that a widget begins with. */
async function source({ text, state, lesson, scenario = 'orders' }) {
  if (state || text) return state ?? text;
  if (!/^[\w-]+$/.test(lesson ?? scenario)) throw new Error(`${lesson ?? scenario}: no such name`);
  if (!lesson) return read(`scenes/${scenario}.mill`);
  const shelf = await read('@LESSONScatalogue.txt');
  const folder = shelf.match(new RegExp(`\\b${lesson}-[\\w-]+`))?.[0];
  if (!folder) throw new Error(`there is no lesson ${lesson}`);
  return read(`@LESSONS${folder}/lesson.md`);
}

async function read(path) {
  const answer = await fetch(new URL(path, home));
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer.text();
}
