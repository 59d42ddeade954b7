// From settings to an image: what oasis_helpers.sampling does, around the two functions of an exported generator.

import { standardNormal } from "./random.js";

const KEPT = 8; // styles and noise of so many seeds are not computed again

/** A generator: what index.json says of it, and its functions "styles" and "draw". */
export class Brain {
  constructor(about, functions) {
    this.about = about;
    this.functions = functions;
    this.styles = remembered((seed, psi) => this.stylesOf(seed, psi));
    this.noise = remembered((seed) => standardNormal([seed, 1], about.noise));
  }

  /**
   * Draw one image, R x R grey values from 0 to 255, as they are stored: the forehead is at the right.
   *
   * settings: seed, second (a seed), psi, fromSecond (names of ranges), walk (0 to 1), noise ("fixed", "fresh" or
   * "off"), amounts (one per direction, in standard deviations of w).
   */
  async draw(settings) {
    const ws = await this.mixedStyles(settings);
    const image = await this.functions.draw({ ws, noise: this.noiseOf(settings) });
    return Uint8ClampedArray.from(image);
  }

  /** Styles of a seed, pulled towards the mean: (layers x w_dim) in a row. Layers beyond the cutoff keep their own. */
  async stylesOf(seed, psi) {
    const { z_dim: size, psi: usual } = this.about;
    const weights = Float32Array.from(usual, (value) => (value === 1 ? 1 : psi));
    return this.functions.styles({ z: standardNormal(seed, size), psi: weights });
  }

  /** First mix, then walk, then move along the directions. */
  async mixedStyles({ seed, second, psi, fromSecond, walk, amounts }) {
    const { ranges, w_dim: size, directions } = this.about;
    const [own, other] = await Promise.all([this.styles(seed, psi), this.styles(second, psi)]);
    const ws = own.slice();
    for (const name of fromSecond.filter((range) => range in ranges)) {
      const [first, last] = ranges[name];
      ws.set(other.subarray(first * size, (last + 1) * size), first * size);
    }
    const step = new Float32Array(size);
    directions.forEach((direction, k) => direction.step.forEach((x, i) => (step[i] += amounts[k] * x)));
    return ws.map((x, i) => x + walk * (other[i] - x) + step[i % size]);
  }

  noiseOf({ seed, noise }) {
    if (noise === "off") return new Float32Array(this.about.noise);
    return noise === "fresh" ? standardNormal(freshSeed(), this.about.noise) : this.noise(seed);
  }
}

function freshSeed() {
  return Array.from(crypto.getRandomValues(new Uint32Array(4)));
}

/** Return a function that keeps its last results. */
function remembered(compute) {
  const results = new Map();
  return (...key) => {
    const name = key.join(" ");
    if (!results.has(name)) results.set(name, compute(...key));
    if (results.size > KEPT) results.delete(results.keys().next().value);
    return results.get(name);
  };
}
