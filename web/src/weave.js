// A module from the strands into which `cargo xtask build` has separated its
// code (`crates/xtask/src/pack/strands.rs` names them and says what for).

const STRANDS = 16;
const [OPERATIONS, CALLS_LOW, CALLS_HIGH, OTHERS, FLOATS, HEADS, TABLES, LISTS] = [0, 9, 10, 11, 12, 13, 14, 15];

/** Weaves them into a module. */
export function weave(bytes) {
  const numbers = new DataView(bytes.buffer, bytes.byteOffset + 288);
  const number = (index) => numbers.getUint32(4 * index, true);
  const out = new Uint8Array(number(1));
  const before = 288 + 4 * (4 + STRANDS);
  const after = before + number(2);

  // Where each strand is read, and where the module is written.
  const from = [after + number(3)];
  for (let strand = 1; strand < STRANDS; strand += 1) from.push(from[strand - 1] + number(3 + strand));
  let at = 0;

  const copy = (strand, count) => {
    for (let left = count; left > 0; left -= 1) out[at++] = bytes[from[strand]++];
  };
  const copyNumber = (strand) => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[from[strand]++];
      out[at++] = byte;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  /** Reads a number that is written in another way. */
  const say = (strand) => {
    const start = at;
    const value = copyNumber(strand);
    at = start;
    return value;
  };
  const copyNumbers = (strand, count) => {
    for (let left = count; left > 0; left -= 1) copyNumber(strand);
  };
  const write = (value) => {
    for (let left = value; ; left >>>= 7) {
      out[at++] = left < 128 ? left : (left & 127) | 128;
      if (left < 128) return;
    }
  };
  const operands = (strands) => {
    if (strands > 15) copyNumber(strands >> 4);
    if (strands & 15) copyNumber(strands & 15);
  };
  const call = () => {
    const low = bytes[from[CALLS_LOW]++];
    write(say(CALLS_HIGH) * 256 + low);
  };
  const special = {
    0x0e: () => copyNumbers(TABLES, copyNumber(TABLES) + 1),
    0x10: call,
    0x1c: () => copyNumbers(OTHERS, copyNumber(OTHERS)),
    0x43: () => copy(FLOATS, 4),
    0x44: () => copy(FLOATS, 8),
    0xfc: () => operands(bytes[256 + copyNumber(OTHERS)]),
  };

  // What comes before the code, with the lists of functions in the table: steps from one to the next.
  for (let read = before, left = 1; left > 0;) {
    const gap = say(LISTS);
    out.set(bytes.subarray(read, read + gap), at);
    at += gap;
    read += gap;
    left = say(LISTS);
    for (let value = 0, more = left; more > 0; more -= 1) {
      const step = say(LISTS);
      value += 1 + ((step >>> 1) ^ -(step & 1));
      write(value);
    }
  }

  for (let left = number(0); left > 0; left -= 1) {
    // Its size is known only at its end: until then it stands as far on as the longest size is long.
    const start = at;
    at += 5;
    for (let groups = copyNumber(HEADS); groups > 0; groups -= 1) {
      copyNumber(HEADS);
      copy(HEADS, 1);
    }
    for (let depth = 1; depth > 0;) {
      const operation = bytes[from[OPERATIONS]++];
      out[at++] = operation;
      if (operation === 0x0b) depth -= 1;
      else if (operation >= 2 && operation <= 4) depth += 1;
      if (special[operation]) special[operation]();
      else operands(bytes[operation]);
    }
    const end = at;
    at = start;
    write(end - start - 5);
    out.copyWithin(at, start + 5, end);
    at += end - start - 5;
  }
  out.set(bytes.subarray(after, after + number(3)), at);
  return out;
}
