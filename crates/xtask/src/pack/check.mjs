// Ends with 1 unless the page's script makes the module out of the packed file
// again, byte for byte: `node check.mjs SCRIPT PACKED MODULE`.

import { readFile } from 'node:fs/promises';

const [script, packed, module] = await Promise.all(process.argv.slice(2).map((file) => readFile(file)));
const { unpack, weave } = await import(`data:text/javascript;base64,${script.toString('base64')}`);
const woven = weave(unpack(new Uint8Array(packed)));
if (Buffer.compare(module, woven) !== 0) {
  console.error(`unpacking gives ${woven.length} bytes that are not the ${module.length} that were packed`);
  process.exit(1);
}
