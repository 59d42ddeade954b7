// The layers of NumPy's ziggurat for floats of 32 bits: 256 of the same area under exp(-x^2 / 2), from x = R inwards.

export const R = 3.654152885361009; // where the tail begins
const AREA = 0.00492867323397466; // of each layer
const STEPS = 2 ** 23; // a place in a layer has 23 bits

const density = (x) => Math.exp(-0.5 * x * x);

const edges = new Array(256); // x at the right end of each layer
edges[255] = R;
for (let i = 254; i > 0; i--) {
  edges[i] = Math.sqrt(-2 * Math.log(AREA / edges[i + 1] + density(edges[i + 1])));
}
const base = AREA / density(R); // as wide would the lowest layer be without the tail

/** Places below this are under the curve for sure. */
export const KI = Uint32Array.from(edges, (x, i) => Math.round((i === 0 ? R / base : (edges[i - 1] || 0) / x) * STEPS));
/** Width of a place. */
export const WI = Float32Array.from(edges, (x, i) => (i === 0 ? base : x) / STEPS);
/** The curve at the right end. */
export const FI = Float32Array.from(edges, (x, i) => (i === 0 ? 1 : density(x)));
