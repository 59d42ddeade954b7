// The controls: small functions that make one each, and call change(value) when it is moved.

/** Make an element: element("p", {class: "x"}, "text", child, ...). */
export function element(kind, attributes = {}, ...children) {
  const made = document.createElement(kind);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name in made && name !== "list" && name !== "class") made[name] = value;
    else made.setAttribute(name === "class" ? "class" : name, value);
  }
  made.append(...children);
  return made;
}

function labelled(text, control, ...more) {
  return element("label", { class: "explorer-row" }, element("span", { class: "explorer-name" }, text), control, ...more);
}

/** A slider with its value beside it; set(value) moves it from outside. */
export function slider(name, text, { min, max, step, value }, change) {
  const shown = element("output", {}, String(value));
  const moved = () => {
    shown.textContent = String(Number(input.value));
    change(Number(input.value));
  };
  const input = element("input", { type: "range", min, max, step, oninput: moved });
  input.value = value; // after its range, which would cut it off
  input.dataset.control = name;
  const set = (next) => {
    input.value = next;
    shown.textContent = String(Number(input.value));
  };
  return { row: labelled(text, input, shown), set };
}

/** A box for a seed; check(text) returns a value, or null for a text that is none, which is then marked. */
export function numberBox(name, text, value, check, change) {
  const typed = () => {
    const number = check(input.value);
    input.setAttribute("aria-invalid", String(number === null));
    if (number !== null) change(number);
  };
  const input = element("input", { type: "number", min: 0, step: 1, value, oninput: typed });
  input.dataset.control = name;
  const set = (next) => {
    input.value = next;
    input.setAttribute("aria-invalid", "false");
  };
  return { row: labelled(text, input), set, input };
}

/** A list to choose one entry from. */
export function choice(name, text, entries, value, change) {
  const options = entries.map(([key, words]) => element("option", { value: key }, words));
  const input = element("select", { onchange: () => change(input.value) }, ...options);
  input.value = value;
  input.dataset.control = name;
  return { row: labelled(text, input), set: (next) => (input.value = next) };
}

/** Boxes to tick; change(list of the ticked names). */
export function ticks(name, text, entries, change) {
  const boxes = entries.map((entry) => {
    const box = element("input", { type: "checkbox", value: entry, onchange: () => change(ticked()) });
    box.dataset.control = entry;
    return box;
  });
  const ticked = () => boxes.filter((box) => box.checked).map((box) => box.value);
  const rows = boxes.map((box) => element("label", {}, box, ` ${box.value}`));
  const legend = element("legend", { class: "explorer-name" }, text);
  const row = element("fieldset", { class: "explorer-row" }, legend, ...rows);
  const set = (list) => boxes.forEach((box) => (box.checked = list.includes(box.value)));
  return { row, set };
}

/** A button. */
export function button(name, text, press) {
  const made = element("button", { type: "button", onclick: press }, text);
  made.dataset.control = name;
  return made;
}
