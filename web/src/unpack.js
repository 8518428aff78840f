// The module as it travels: in strands (weave.js, which stands behind this file
// in the site) and packed with LZMA, a third smaller than what a static host's
// gzip makes of it. See docs/decisions/0007.

const TOP = 1 << 24;
const EVEN = 1024;

/** Fetches a packed module and unpacks it, beside the page if that can be: the page can be used meanwhile. */
export async function fetchPacked(address) {
  const beside = helper();
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const packed = new Uint8Array(await answer.arrayBuffer());
  return (await beside?.(packed).catch(() => undefined)) ?? weave(unpack(packed));
}

/** This same file as a worker, which starts while the module travels. Sandboxed frames and other sites' pages have none. */
function helper() {
  if (!globalThis.Worker || new URL(import.meta.url).origin !== globalThis.origin) return undefined;
  const worker = new Worker(import.meta.url, { type: 'module' });
  const refused = new Promise((_, refuse) => { worker.onerror = refuse; });
  refused.catch(() => {});
  return async (packed) => {
    const done = new Promise((resolve) => { worker.onmessage = ({ data }) => resolve(data); });
    worker.postMessage(packed);
    try {
      return await Promise.race([done, refused]);
    } finally {
      worker.terminate();
    }
  };
}

if (globalThis.DedicatedWorkerGlobalScope) {
  onmessage = ({ data }) => {
    const module = weave(unpack(data));
    postMessage(module, [module.buffer]);
  };
}

/**
 * Unpacks a file of the format `.lzma` (LZMA SDK, "lzma-specification.txt")
 * whose header states the unpacked size. Throws if it is damaged.
 */
export function unpack(packed) {
  const header = new DataView(packed.buffer, packed.byteOffset, 13);
  const literalContext = packed[0] % 9;
  const literalPosition = Math.floor(packed[0] / 9) % 5;
  const positionStates = 1 << Math.floor(packed[0] / 45);
  const out = new Uint8Array(header.getUint32(5, true));
  const input = new RangeDecoder(packed, 14);

  const literals = evenOdds(0x300 << (literalContext + literalPosition));
  const isMatch = evenOdds(12 << 4);
  const isRep = evenOdds(12);
  const isRep0 = evenOdds(12);
  const isRep1 = evenOdds(12);
  const isRep2 = evenOdds(12);
  const isRep0Long = evenOdds(12 << 4);
  const slots = [0, 1, 2, 3].map(() => evenOdds(64));
  const special = evenOdds(128);
  const align = evenOdds(16);
  const matchLength = new Lengths();
  const repLength = new Lengths();

  const last = [1, 1, 1, 1];
  let state = 0;
  let at = 0;
  while (at < out.length) {
    const position = at & (positionStates - 1);
    if (input.bit(isMatch, (state << 4) + position) === 0) {
      const before = at > 0 ? out[at - 1] : 0;
      const row = ((at & ((1 << literalPosition) - 1)) << literalContext) + (before >> (8 - literalContext));
      out[at] = literal(input, literals, row * 0x300, state < 7 ? -1 : out[at - last[0]]);
      at += 1;
      state = state < 4 ? 0 : state - (state < 10 ? 3 : 6);
      continue;
    }
    let length;
    if (input.bit(isRep, state) === 0) {
      length = matchLength.next(input, position);
      last.pop();
      last.unshift(distance(input, slots[Math.min(length, 5) - 2], special, align) + 1);
      state = state < 7 ? 7 : 10;
    } else {
      let which = 0;
      if (input.bit(isRep0, state) === 0) {
        if (input.bit(isRep0Long, (state << 4) + position) === 0) which = -1;
      } else if (input.bit(isRep1, state) === 0) {
        which = 1;
      } else {
        which = 2 + input.bit(isRep2, state);
      }
      if (which > 0) last.unshift(...last.splice(which, 1));
      length = which < 0 ? 1 : repLength.next(input, position);
      state = which < 0 ? (state < 7 ? 9 : 11) : (state < 7 ? 8 : 11);
    }
    const from = at - last[0];
    if (!(from >= 0 && at + length <= out.length)) throw new Error('the packed module is damaged');
    for (let i = 0; i < length; i += 1) out[at + i] = out[from + i];
    at += length;
  }
  return out;
}

/** Bits, each with adaptive odds. Numbers are kept as 32 signed bits: engines are quick with those. */
class RangeDecoder {
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at + 4;
    // range, code
    this.now = new Int32Array([-1, new DataView(bytes.buffer, bytes.byteOffset).getInt32(at)]);
  }

  bit(odds, index) {
    const { now } = this;
    const chance = odds[index];
    const bound = Math.imul(now[0] >>> 11, chance);
    let bit = 0;
    if ((now[1] >>> 0) < (bound >>> 0)) {
      now[0] = bound;
      odds[index] = chance + ((2048 - chance) >> 5);
    } else {
      now[0] -= bound;
      now[1] -= bound;
      odds[index] = chance - (chance >> 5);
      bit = 1;
    }
    this.refill();
    return bit;
  }

  /** Bits at even odds, the highest first. */
  direct(count) {
    const { now } = this;
    let value = 0;
    for (let i = 0; i < count; i += 1) {
      now[0] >>>= 1;
      const bit = (now[1] >>> 0) < (now[0] >>> 0) ? 0 : 1;
      if (bit) now[1] -= now[0];
      value = (value << 1) | bit;
      this.refill();
    }
    return value;
  }

  /** A number of `bits` bits, the highest first. */
  tree(odds, bits, base = 0) {
    let node = 1;
    for (let i = 0; i < bits; i += 1) node = (node << 1) | this.bit(odds, base + node);
    return node - (1 << bits);
  }

  /** The same, the lowest first. */
  reverseTree(odds, bits, base = 0) {
    let node = 1;
    let value = 0;
    for (let i = 0; i < bits; i += 1) {
      const bit = this.bit(odds, base + node);
      node = (node << 1) | bit;
      value |= bit << i;
    }
    return value;
  }

  refill() {
    const { now } = this;
    if ((now[0] >>> 0) < TOP) {
      now[0] <<= 8;
      now[1] = (now[1] << 8) | this.bytes[this.at];
      this.at += 1;
    }
  }
}

/** How long a match is: short, middling, long. */
class Lengths {
  choice = evenOdds(2);
  short = evenOdds(16 << 3);
  middling = evenOdds(16 << 3);
  long = evenOdds(256);

  next(input, position) {
    if (input.bit(this.choice, 0) === 0) return 2 + input.tree(this.short, 3, position << 3);
    if (input.bit(this.choice, 1) === 0) return 10 + input.tree(this.middling, 3, position << 3);
    return 18 + input.tree(this.long, 8);
  }
}

/** A byte; after a match, the byte that would have gone on with it helps to guess (-1: none). */
function literal(input, odds, base, matched) {
  let node = 1;
  if (matched >= 0) {
    let guide = matched;
    while (node < 256) {
      const guess = (guide >> 7) & 1;
      guide <<= 1;
      const bit = input.bit(odds, base + ((1 + guess) << 8) + node);
      node = (node << 1) | bit;
      if (guess !== bit) break;
    }
  }
  while (node < 256) node = (node << 1) | input.bit(odds, base + node);
  return node & 255;
}

function distance(input, slots, special, align) {
  const slot = input.tree(slots, 6);
  if (slot < 4) return slot;
  const bits = (slot >> 1) - 1;
  const high = (2 | (slot & 1)) << bits;
  if (slot < 14) return high + input.reverseTree(special, bits, high - slot);
  return high + (input.direct(bits - 4) << 4) + input.reverseTree(align, 4);
}

function evenOdds(count) {
  return new Uint16Array(count).fill(EVEN);
}
