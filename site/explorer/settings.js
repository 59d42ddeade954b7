// Everything that decides the image, and how it is said in words.

export const LARGEST_SEED = 2 ** 31 - 1;

/** Return the settings that the page starts with, for a generator of index.json. */
export function firstSettings(about) {
  return {
    seed: 3,
    second: 9,
    psi: about.psi[0],
    fromSecond: [],
    walk: 0,
    noise: "fixed",
    amounts: about.directions.map(() => 0),
  };
}

/** Return settings in a line: "seed 3, psi 0.7, coarse styles of seed 9, direction 0: +1.5". */
export function inWords(about, settings) {
  const { seed, second, psi, fromSecond, walk, noise, amounts } = settings;
  const parts = [`seed ${seed}`, `psi ${psi}`];
  const lent = fromSecond.filter((name) => name in about.ranges);
  if (lent.length) parts.push(`${lent.join(" and ")} styles of seed ${second}`);
  if (walk > 0) parts.push(`${Math.round(100 * walk)} % of the way to seed ${second}`);
  if (noise !== "fixed") parts.push(noise === "off" ? "no noise" : "fresh noise");
  about.directions.forEach(({ name }, k) => {
    if (amounts[k]) parts.push(`${name}: ${amounts[k] > 0 ? "+" : ""}${amounts[k]}`);
  });
  return parts.join(", ");
}

/** Return a seed where a text is one, else null. */
export function parsedSeed(text) {
  const number = Number(text);
  return text.trim() !== "" && Number.isInteger(number) && number >= 0 && number <= LARGEST_SEED ? number : null;
}

/** Return any seed. */
export function randomSeed() {
  return crypto.getRandomValues(new Uint32Array(1))[0] % 10000;
}
