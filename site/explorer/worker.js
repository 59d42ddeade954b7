// Draws in the background, so that the page never waits: gets {id, name, settings}, answers {id, image, milliseconds}.
//
// A classic worker, not a module: the runtime's own loader needs importScripts.

const models = new Map(); // name: Promise of a Brain

const started = Promise.all([import("./runtime.js"), import("./brain.js")]).then(async ([runtime, { Brain }]) => {
  await runtime.start();
  const list = await (await fetch(new URL("models/index.json", self.location))).json();
  const load = async (about) => new Brain(about, await runtime.load(new URL(`models/${about.file}`, self.location).href));
  return { list, load };
});

started.then(
  ({ list }) => postMessage({ list }),
  (error) => postMessage({ error: `the runtime could not start (${error.message})` }),
);

onmessage = async ({ data: { id, name, settings } }) => {
  try {
    const { list, load } = await started;
    if (!models.has(name)) models.set(name, load(list.find((about) => about.name === name)));
    const brain = await models.get(name);
    const before = performance.now();
    const image = await brain.draw(settings);
    postMessage({ id, image, milliseconds: performance.now() - before });
  } catch (error) {
    postMessage({ id, error: error.message });
  }
};
