// `node bundle.mjs MODULES PLACE OUT`: the scripts in PLACE as one classic script. What is in PLACE/files goes along as an
// archive: its names and lengths, then all bytes, by gzip, as base64.

import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { gzipSync } from 'node:zlib';

const [modules, place, out] = process.argv.slice(2);
const { buildSync } = createRequire(`${modules}/`)('esbuild');

const from = `${place}/files`;
const names = readdirSync(from, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ parentPath, path, name }) => `${parentPath ?? path}/${name}`.slice(from.length + 1).replaceAll('\\', '/'))
  .sort();
const contents = names.map((name) => readFileSync(`${from}/${name}`));
const index = names.map((name, n) => [name, contents[n].length]);
const packed = gzipSync(Buffer.concat(contents), { level: 9 }).toString('base64');
writeFileSync(`${place}/files.js`, `export const index = ${JSON.stringify(index)};\nexport const packed = '${packed}';\n`);

// Lessons are fetched by the module, through a window's method.
const glue = readFileSync(`${place}/glue.js`, 'utf8');
const own = glue.replace(/[\w$]+(\([\w$]+\))?\.fetch\(/g, 'fetch(');
if (own === glue) throw new Error('the glue fetches nothing any more: how do lessons come?');
writeFileSync(`${place}/glue.js`, own);

buildSync({
  entryPoints: [`${place}/embed.js`],
  outfile: out,
  bundle: true,
  minify: true,
  format: 'iife',
  charset: 'utf8',
  target: 'es2022',
  logLevel: 'error',
  inject: [`${place}/shim.js`],
  define: { 'import.meta.url': 'home_of_the_file' },
  banner: { js: '/* <millrace-embed> in one file. Licence: MIT OR Apache-2.0. Nothing is fetched, nothing is sent anywhere. */' },
});
