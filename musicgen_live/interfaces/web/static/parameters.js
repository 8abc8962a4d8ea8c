// A control for every parameter of the table: slider, list, switch or text, with its words and when it will be heard.
// @ts-check

import { pitchNumber } from "./pitches.js";
import { formatValue } from "./take.js";

const SEND_MS = 40;

export class TakeParameters extends HTMLElement {
  /** @param {import("./take.js").Take} take @param {import("./connection.js").Send} send */
  show(take, send) {
    /** @type {Map<string, Control>} */
    let controls = new Map();
    take.on("hello", () => {
      // Presets and models are cards.
      const rows = take.parameters.filter(({ kind, name }) => kind !== "action" && !["preset", "model"].includes(name));
      controls = new Map(rows.map((parameter) => [parameter.name, new Control(parameter, take, send)]));
      this.replaceChildren(...[...controls.values()].map((control) => control.element));
    });
    take.on("opened", () => controls.forEach((control) => control.update()));
    for (const kind of /** @type {const} */ (["asked", "changed", "refused"])) {
      take.on(kind, ({ name }) => controls.get(name)?.update());
    }
  }
}

class Control {
  /**
   * @param {import("./take.js").Parameter} parameter
   * @param {import("./take.js").Take} take
   * @param {import("./connection.js").Send} send
   */
  constructor(parameter, take, send) {
    this.parameter = parameter;
    this.take = take;
    this.send = send;
    this.timer = 0;
    // True while somebody types.
    this.isEdited = false;
    /** @type {import("./take.js").Value | undefined} */
    this.waiting = undefined;
    const id = `value-${parameter.name}`;
    this.element = document.createElement("div");
    this.element.className = `parameter ${parameter.kind}`;
    this.element.dataset.name = parameter.name;
    this.label = document.createElement("label");
    this.label.htmlFor = id;
    this.label.textContent = parameter.name;
    this.pending = document.createElement("span");
    this.pending.className = "pending";
    this.pending.setAttribute("role", "status");
    const help = document.createElement("p");
    help.id = `${id}-help`;
    help.textContent = `${parameter.help}${parameter.unit ? ` In ${parameter.unit}.` : ""}`;
    this.inputs = this.makeInputs();
    this.inputs[0].id = id;
    for (const input of this.inputs) input.setAttribute("aria-describedby", help.id);
    const row = document.createElement("div");
    row.className = "inputs";
    row.append(...this.inputs);
    const head = document.createElement("div");
    head.className = "parameter-head";
    head.append(this.label, this.pending);
    this.element.append(head, row, help);
    if (this.list) this.element.append(this.list);
  }

  get value() {
    return this.take.values.get(this.parameter.name) ?? null;
  }

  /** @returns {HTMLElement[]} the first is the one that the label belongs to */
  makeInputs() {
    const { parameter } = this;
    if (parameter.kind === "switch") return [this.makeSwitch()];
    if (parameter.kind === "choice") return [this.makeSelect()];
    const text = this.makeText();
    return parameter.sweep[0] === parameter.sweep[1] ? [text] : [this.makeSlider(), text];
  }

  makeSwitch() {
    this.switch = document.createElement("input");
    this.switch.type = "checkbox";
    this.switch.setAttribute("role", "switch");
    this.switch.addEventListener("change", () => this.request(this.switch?.checked ?? false));
    return this.switch;
  }

  makeSelect() {
    this.select = document.createElement("select");
    this.select.addEventListener("change", () => {
      const chosen = this.select?.value ?? "";
      this.request(chosen === "" ? null : chosen);
    });
    return this.select;
  }

  makeText() {
    const { parameter } = this;
    this.text = document.createElement("input");
    this.text.type = "text";
    this.text.autocomplete = "off";
    this.text.spellcheck = false;
    this.text.setAttribute("aria-label", `${parameter.name}, as text`);
    if (parameter.choices.length) {
      this.list = document.createElement("datalist");
      this.list.id = `choices-${parameter.name}`;
      this.list.append(...parameter.choices.map((choice) => new Option(choice)));
      this.text.setAttribute("list", this.list.id);
    }
    // A number is sent as text: the server reads it, and says what is wrong with it.
    this.text.addEventListener("input", () => (this.isEdited = true));
    this.text.addEventListener("change", () => {
      this.isEdited = false;
      this.request(this.text?.value ?? "");
    });
    this.text.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      this.isEdited = false;
      this.update();
    });
    return this.text;
  }

  makeSlider() {
    const { parameter } = this;
    this.slider = document.createElement("input");
    this.slider.type = "range";
    this.slider.min = String(parameter.sweep[0]);
    this.slider.max = String(parameter.sweep[1]);
    this.slider.step = String(parameter.step);
    this.slider.addEventListener("input", () => {
      const value = Number(this.slider?.value);
      if (this.text && parameter.kind !== "pitch") this.text.value = formatValue(parameter, value);
      this.requestSoon(value);
    });
    return this.slider;
  }

  /** Send at most every `SEND_MS`, and the last value in any case. @param {import("./take.js").Value} value */
  requestSoon(value) {
    this.waiting = value;
    if (this.timer) return;
    this.timer = setTimeout(() => {
      this.timer = 0;
      this.request(this.waiting ?? null);
    }, SEND_MS);
  }

  /** @param {import("./take.js").Value} value */
  request(value) {
    this.send({ change: this.parameter.name, value });
  }

  /** Show the value that was asked for, or else the one that holds. */
  update() {
    const { parameter, take } = this;
    const pending = take.pending.get(parameter.name);
    const value = pending ? pending.value : this.value;
    const words = formatValue(parameter, value);
    this.pending.textContent = pending ? `from bar ${pending.bar}` : "";
    this.element.classList.toggle("is-pending", pending !== undefined);
    if (this.switch) this.switch.checked = Boolean(value);
    if (this.select) this.updateSelect(value);
    if (this.text && !this.isEdited) this.text.value = words;
    if (this.slider) {
      const number = typeof value === "string" ? pitchNumber(value) : value;
      // A slider under a finger is ahead of what the server has heard of.
      if (typeof number === "number" && !this.timer && !this.slider.matches(":active")) this.slider.value = String(number);
      this.slider.setAttribute("aria-valuetext", `${words} ${value === null ? "" : parameter.unit}`.trim());
      this.slider.classList.toggle("is-off", value === null);
    }
  }

  /** @param {import("./take.js").Value} value */
  updateSelect(value) {
    const { parameter } = this;
    const select = /** @type {HTMLSelectElement} */ (this.select);
    const choices = parameter.choices.map((choice) => new Option(choice));
    if (parameter.optional || value === null) choices.unshift(new Option(parameter.off, ""));
    // A file of the user's, which is in no list.
    if (typeof value === "string" && !parameter.choices.includes(value)) choices.push(new Option(value));
    if (choices.length !== select.options.length) select.replaceChildren(...choices);
    select.value = value === null ? "" : String(value);
  }
}

customElements.define("take-parameters", TakeParameters);
