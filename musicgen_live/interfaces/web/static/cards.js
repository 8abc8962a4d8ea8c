// Presets and models as cards: what each is like, which one plays, and from which bar on another will.
// @ts-check

import { makeButton } from "./elements.js";

/** @typedef {import("../messages.js").Card} Card */

export class TakeCards extends HTMLElement {
  /** @type {import("./take.js").Take} */ take;
  /** @type {import("./connection.js").Send} */ send;
  /** @type {Map<string, HTMLButtonElement>} by parameter and name */ buttons = new Map();

  /** @param {import("./take.js").Take} take @param {import("./connection.js").Send} send */
  show(take, send) {
    this.take = take;
    this.send = send;
    take.on("opened", () => send({ cards: true }));
    take.on("preset-saved", () => send({ cards: true }));
    take.on("cards", ({ presets, models }) => {
      this.buttons.clear();
      this.replaceChildren(this.makeGroup("preset", presets), this.makeGroup("model", models));
      this.update();
    });
    for (const kind of /** @type {const} */ (["asked", "changed", "refused"])) take.on(kind, () => this.update());
  }

  /** @param {"preset" | "model"} parameter @param {Card[]} cards */
  makeGroup(parameter, cards) {
    const group = document.createElement("details");
    group.open = parameter === "preset";
    const title = document.createElement("summary");
    title.textContent = `${parameter}s`;
    const list = document.createElement("div");
    list.className = "cards";
    list.setAttribute("role", "group");
    list.setAttribute("aria-label", `${parameter}s`);
    list.append(...cards.map((card) => this.makeCard(parameter, card)));
    group.append(title, list);
    return group;
  }

  /** @param {"preset" | "model"} parameter @param {Card} card */
  makeCard(parameter, card) {
    const button = makeButton("", card.words, () => this.send({ change: parameter, value: card.name }));
    button.className = "card";
    button.dataset[parameter] = card.name;
    const name = document.createElement("strong");
    name.textContent = card.name;
    const pending = document.createElement("span");
    pending.className = "pending";
    const words = document.createElement("span");
    words.className = "words";
    words.textContent = card.words;
    button.append(name, pending, words);
    this.buttons.set(`${parameter} ${card.name}`, button);
    return button;
  }

  update() {
    for (const [key, button] of this.buttons) {
      const [parameter, name] = key.split(/ (.*)/s);
      const pending = this.take.pending.get(parameter);
      const words = pending?.value === name ? `from bar ${pending.bar}` : "";
      button.setAttribute("aria-pressed", String(this.take.values.get(parameter) === name));
      /** @type {Element} */ (button.children[1]).textContent = words;
    }
  }
}

customElements.define("take-cards", TakeCards);
