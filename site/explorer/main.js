// The explorer: one generator, one brain, and controls; see brain.js for what they do.

import { button, choice, element, numberBox, slider, ticks } from "./controls.js";
import { Painter } from "./painter.js";
import { difference, download, show } from "./picture.js";
import { firstSettings, inWords, parsedSeed, randomSeed } from "./settings.js";

const WALK_SECONDS = 4;

class Explorer {
  constructor(place) {
    this.place = place;
    this.status = element("p", { class: "explorer-status" }, "loading the generator ...");
    place.append(this.status);
    if (location.protocol === "file:") {
      this.tell("A browser runs this page only from a server: make site-serve, then open the address that it prints.");
      return;
    }
    this.painter = new Painter(
      (drawn) => this.drawn(drawn),
      (text) => this.tell(`could not draw: ${text}`),
    );
    this.painter.list.then(
      (list) => this.begin(list),
      (error) => this.tell(`could not start: ${error.message}`),
    );
  }

  tell(text) {
    this.status.textContent = text;
  }

  begin(list) {
    this.list = list;
    this.about = list[0];
    this.settings = firstSettings(this.about);
    this.pinned = null;
    this.now = { canvas: element("canvas", { class: "explorer-image", role: "img" }), caption: element("figcaption") };
    this.kept = { canvas: element("canvas", { class: "explorer-image", role: "img" }), caption: element("figcaption") };
    this.keptFigure = element("figure", { hidden: true }, this.kept.canvas, this.kept.caption);
    const figures = element("div", { class: "explorer-figures" });
    figures.append(element("figure", {}, this.now.canvas, this.now.caption), this.keptFigure);
    this.panel = element("div", { class: "explorer-panel" });
    this.place.replaceChildren(figures, this.panel, this.status);
    this.arrange();
    this.ask();
  }

  /** Make the controls for the present generator. */
  arrange() {
    const { about, settings } = this;
    const names = this.list.map(({ name, resolution }) => [name, `${name} (${resolution} px)`]);
    const psi = { min: 0, max: 1.5, step: 0.05, value: settings.psi };
    const noise = ["fixed", "fresh", "off"].map((kind) => [kind, { fixed: "fixed by the seed" }[kind] ?? kind]);
    const set = (key) => (value) => this.change({ [key]: value });
    this.controls = {
      generator: choice("generator", "generator", names, about.name, (name) => this.choose(name)),
      seed: numberBox("seed", "seed", settings.seed, parsedSeed, set("seed")),
      psi: slider("psi", "truncation psi", psi, set("psi")),
      second: numberBox("second", "second seed", settings.second, parsedSeed, set("second")),
      fromSecond: ticks("fromSecond", "its styles", Object.keys(about.ranges), set("fromSecond")),
      walk: slider("walk", "walk to it", { min: 0, max: 1, step: 0.01, value: settings.walk }, set("walk")),
      noise: choice("noise", "noise", noise, settings.noise, set("noise")),
    };
    about.directions.forEach(({ name }, k) => {
      const range = { min: -3, max: 3, step: 0.1, value: settings.amounts[k] };
      this.controls[name] = slider(name, name, range, (value) => this.move(k, value));
    });
    const buttons = element("div", { class: "explorer-buttons" });
    this.play = button("play", "play the walk", () => this.playWalk());
    this.pin = button("pin", "pin", () => this.togglePin());
    buttons.append(
      button("random", "random seed", () => this.change({ seed: randomSeed() })),
      this.play,
      this.pin,
      button("reset", "reset", () => this.change({ ...firstSettings(this.about), seed: this.settings.seed })),
      button("download", "save PNG", () => this.save()),
    );
    this.panel.replaceChildren(...Object.values(this.controls).map(({ row }) => row), buttons);
  }

  /** Take another generator; seeds and psi stay, directions are others. */
  choose(name) {
    this.stopWalk();
    this.about = this.list.find((about) => about.name === name);
    this.settings = { ...this.settings, amounts: this.about.directions.map(() => 0) };
    this.arrange();
    this.controls.fromSecond.set(this.settings.fromSecond);
    this.pin.textContent = this.pinned ? "unpin" : "pin";
    this.tell(`loading ${name} ...`);
    this.ask();
  }

  move(k, amount) {
    this.change({ amounts: this.settings.amounts.with(k, amount) });
  }

  /** Change some settings, show them in the controls, and draw. */
  change(changes) {
    this.settings = { ...this.settings, ...changes };
    for (const [key, value] of Object.entries(changes)) {
      if (key === "amounts") this.about.directions.forEach(({ name }, k) => this.controls[name].set(value[k]));
      else if (document.activeElement !== this.controls[key].input) this.controls[key].set(value);
    }
    this.ask();
  }

  ask() {
    this.asked = performance.now();
    this.painter.ask(this.about.name, this.settings);
  }

  drawn({ name, settings, image, milliseconds }) {
    const about = this.list.find((entry) => entry.name === name);
    this.shown = { image, words: `${name}: ${inWords(about, settings)}` };
    label(this.now, this.shown);
    this.tell(`drawn in ${Math.round(milliseconds)} ms, in your browser`);
    this.compare();
    this.place.dataset.drawn = Number(this.place.dataset.drawn ?? 0) + 1; // for tests: an image has come
    this.step?.();
  }

  // ---------------------------------------------------------------- buttons

  togglePin() {
    this.pinned = this.pinned ? null : this.shown;
    this.keptFigure.hidden = !this.pinned;
    this.pin.textContent = this.pinned ? "unpin" : "pin";
    if (this.pinned) label(this.kept, this.pinned);
    this.compare();
  }

  compare() {
    if (!this.pinned) return;
    const mean = difference(this.shown.image, this.pinned.image);
    const told = mean === null ? "of another size" : `differs by ${mean.toFixed(1)} of 255 grey values on average`;
    this.kept.caption.textContent = `pinned: ${this.pinned.words}; ${told}`;
  }

  /** Walk from the first seed to the second, one image after the other, as quick as they come. */
  playWalk() {
    if (this.step) {
      this.stopWalk();
      return;
    }
    this.play.textContent = "stop";
    const started = performance.now();
    this.step = () => {
      const walk = Math.min(1, (performance.now() - started) / (1000 * WALK_SECONDS));
      if (this.settings.walk === 1 && walk === 1) this.stopWalk();
      else this.change({ walk: Math.round(100 * walk) / 100 });
    };
    this.change({ walk: 0 });
  }

  stopWalk() {
    this.step = null;
    this.play.textContent = "play the walk";
  }

  save() {
    const canvases = [this.now.canvas, ...(this.pinned ? [this.kept.canvas] : [])];
    download(canvases, `brain-${this.about.name}-seed${this.settings.seed}.png`);
  }
}

function label({ canvas, caption }, { image, words }) {
  show(canvas, image);
  canvas.setAttribute("aria-label", `A generated brain slice, ${words}`);
  caption.textContent = words;
}

const place = document.getElementById("explorer");
place.explorer = new Explorer(place);
