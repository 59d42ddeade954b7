// NumPy's random numbers in JavaScript: default_rng(seed).standard_normal(n, dtype="float32").
//
// They are the same to the last bit, but for one in 100,000, far out (beyond 3.65), whose logarithm may be rounded
// otherwise.
//
// Three parts, as in NumPy: a SeedSequence turns the seed into 256 bits (O'Neill), PCG64 makes 64 random bits a step
// (O'Neill 2014, XSL-RR), and a ziggurat turns 32 of them into a normal number (Marsaglia and Tsang 2000).

import { FI, KI, R, WI } from "./ziggurat.js";

/** Return n numbers from N(0, 1), a Float32Array; seed is a whole number from 0 to 2^53 - 1, or a list of them. */
export function standardNormal(seed, n) {
  const bits = new PCG64(seedWords(seed));
  const result = new Float32Array(n);
  for (let i = 0; i < n; i++) result[i] = normal(bits);
  return result;
}

// ---------------------------------------------------------------- SeedSequence

const POOL = 4;

/** Return eight words of 32 bits that follow from a seed: SeedSequence(seed).generate_state(8). */
export function seedWords(seed) {
  const entropy = [seed].flat().flatMap((s) => (s < 2 ** 32 ? [s] : [s % 2 ** 32, Math.floor(s / 2 ** 32)]));
  return generate(mixed(entropy));
}

function mixed(entropy) {
  let constant = 0x43b0d7e5;
  const hash = (value) => {
    value ^= constant;
    constant = Math.imul(constant, 0x931e8875);
    value = Math.imul(value, constant);
    return value ^ (value >>> 16);
  };
  const mix = (x, y) => {
    const result = Math.imul(x, 0xca01f9dd) - Math.imul(y, 0x4973f715);
    return result ^ (result >>> 16);
  };
  const pool = Array.from({ length: POOL }, (_, i) => hash(entropy[i] ?? 0));
  for (let from = 0; from < POOL; from++) {
    for (let to = 0; to < POOL; to++) if (from !== to) pool[to] = mix(pool[to], hash(pool[from]));
  }
  for (const word of entropy.slice(POOL)) {
    for (let to = 0; to < POOL; to++) pool[to] = mix(pool[to], hash(word));
  }
  return pool;
}

function generate(pool) {
  let constant = 0x8b51f9dd;
  return Array.from({ length: 8 }, (_, i) => {
    let value = pool[i % POOL] ^ constant;
    constant = Math.imul(constant, 0x58f38ded);
    value = Math.imul(value, constant);
    return (value ^ (value >>> 16)) >>> 0;
  });
}

// ---------------------------------------------------------------- PCG64

// A number of 128 bits is eight digits of 16 bits, the lowest first: products of two digits fit in a double.
const DIGITS = 8;
const MULTIPLIER = digits([0x2360ed05, 0x1fc65da4, 0x4385df64, 0x9fccf645]);

/** Return the digits of a number that is given as four words, the highest first. */
function digits(words) {
  return words.reverse().flatMap((word) => [word & 0xffff, word >>> 16]);
}

class PCG64 {
  /** Take eight words, as `seedWords` gives them: start and increment, the upper 64 bits of each first. */
  constructor(words) {
    const [a, b, c, d, e, f, g, h] = words;
    const start = digits([b, a, d, c]);
    this.increment = double(digits([f, e, h, g]));
    this.increment[0] |= 1;
    this.state = new Float64Array(DIGITS);
    this.next = new Float64Array(DIGITS); // what the state becomes; they take turns
    this.step();
    this.add(start);
    this.step();
    this.kept = null; // the upper half of the last 64 bits, until it is asked for
  }

  add(other) {
    let carry = 0;
    for (let i = 0; i < DIGITS; i++) {
      const sum = this.state[i] + other[i] + carry;
      this.state[i] = sum & 0xffff;
      carry = sum >>> 16;
    }
  }

  /** state = state * multiplier + increment, modulo 2^128. */
  step() {
    const { state, next, increment } = this;
    let carry = 0;
    for (let i = 0; i < DIGITS; i++) {
      let sum = carry + increment[i];
      for (let j = 0; j <= i; j++) sum += state[j] * MULTIPLIER[i - j];
      carry = Math.floor(sum / 0x10000);
      next[i] = sum - carry * 0x10000;
    }
    this.state = next;
    this.next = state;
  }

  /** Return 32 random bits, the lower half of each 64 first. */
  uint32() {
    if (this.kept !== null) {
      const upper = this.kept;
      this.kept = null;
      return upper;
    }
    this.step();
    const s = this.state;
    // XSL-RR: the upper 64 bits xor the lower ones, turned right by the highest six bits.
    const low = word(s, 0) ^ word(s, 4);
    const high = word(s, 2) ^ word(s, 6);
    const turn = s[7] >>> 10;
    const [a, b] = turn & 32 ? [high, low] : [low, high];
    this.kept = turned(b, a, turn & 31);
    return turned(a, b, turn & 31);
  }

  /** Return a number from 0 to 1 (not 1 itself), as a float of 32 bits. */
  float() {
    return (this.uint32() >>> 8) / 2 ** 24;
  }
}

function double(number) {
  return number.map((digit, i) => ((digit << 1) & 0xffff) | (i > 0 ? number[i - 1] >>> 15 : 0));
}

function word(number, i) {
  return number[i] | (number[i + 1] << 16);
}

/** Return the lower word of (upper, lower) turned right by some bits, 0 to 31. */
function turned(lower, upper, by) {
  return (by === 0 ? lower : (lower >>> by) | (upper << (32 - by))) >>> 0;
}

// ---------------------------------------------------------------- ziggurat

/** Return one number from N(0, 1), as a float of 32 bits. */
function normal(bits) {
  for (;;) {
    const r = bits.uint32();
    const layer = r & 0xff;
    const size = (r >>> 9) & 0x7fffff;
    const x = Math.fround(size * WI[layer]) * (r & 0x100 ? -1 : 1);
    if (size < KI[layer]) return x; // in 99 of 100 cases
    if (layer === 0) return tail(bits, size);
    const height = Math.fround(Math.fround(Math.fround(FI[layer - 1] - FI[layer]) * bits.float()) + FI[layer]);
    if (height < Math.exp(-0.5 * x * x)) return x;
  }
}

/** Return a number beyond the last layer (Marsaglia 1964). */
function tail(bits, size) {
  const { fround } = Math;
  for (;;) {
    const x = fround(-fround(1 / R) * fround(Math.log1p(-bits.float())));
    const y = fround(-Math.log1p(-bits.float()));
    if (fround(y + y) > fround(x * x)) return (size >>> 8) & 1 ? -fround(fround(R) + x) : fround(fround(R) + x);
  }
}
