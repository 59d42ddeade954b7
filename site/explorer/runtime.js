// The runtime that computes the network: LiteRT.js, on the processor. Its files lie beside this one, in litert/.

// No GPU is asked for: a processor is quick enough, and draws the same image everywhere.
Object.defineProperty(navigator, "gpu", { value: undefined });

const folder = new URL("litert/", import.meta.url).href;
let litert;

/** Load the runtime. */
export async function start() {
  self.Module = { locateFile: (name) => folder + name, printErr: report };
  litert = await import("./litert/index.js");
  await litert.loadLiteRt(folder);
}

/** The runtime tells all that it does as if it were an error; only what is wrong is passed on. */
function report(line) {
  if (!/^(INFO|WARNING|VERBOSE)\b/.test(line)) console.error(line);
}

/** Load a network; returns its functions: {name: (arrays by name) => array of the one output}. */
export async function load(url) {
  const model = await litert.loadAndCompile(url, { accelerator: "wasm" });
  return Object.fromEntries(Object.entries(model.signatures).map(([name, runner]) => [name, callable(runner)]));
}

function callable(runner) {
  const shapes = Object.fromEntries(runner.getInputDetails().map(({ name, shape }) => [name, shape]));
  return async (arrays) => {
    const inputs = {};
    for (const [name, array] of Object.entries(arrays)) inputs[name] = new litert.Tensor(array, shapes[name]);
    const [output] = Object.values(await runner.run(inputs));
    const result = output.toTypedArray(); // a copy
    [output, ...Object.values(inputs)].forEach((tensor) => tensor.delete()); // its memory is not collected
    return result;
  };
}
