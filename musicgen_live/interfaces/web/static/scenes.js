// Scenes as pads: each calls back the values that are stored in it, and stores those of the moment while "store" is on.
// @ts-check

import { makeButton } from "./elements.js";

const PADS = ["1", "2", "3", "4", "5", "6", "7", "8"];

export class TakeScenes extends HTMLElement {
  /** @type {import("./take.js").Take} */ take;
  /** @type {import("./connection.js").Send} */ send;
  /** @type {string[]} the names of the scenes that are stored */ stored = [];
  /** @type {Map<string, HTMLButtonElement>} */ pads = new Map();
  list = document.createElement("div");
  store = makeButton("store", "The next pad stores all values of the moment.", () => this.setStoring(!this.isStoring));
  isStoring = false;

  /** @param {import("./take.js").Take} take @param {import("./connection.js").Send} send */
  show(take, send) {
    this.take = take;
    this.send = send;
    this.store.dataset.action = "store";
    this.list.className = "pads";
    this.list.setAttribute("role", "group");
    this.list.setAttribute("aria-label", "scenes");
    this.append(this.list, this.store);
    this.setStoring(false);
    take.on("cards", ({ scenes }) => this.build(scenes));
    take.on("scene-stored", ({ name }) => this.build([...new Set([...this.stored, name])]));
    for (const kind of /** @type {const} */ (["asked", "changed", "refused"])) take.on(kind, () => this.update());
  }

  /** @param {boolean} isStoring */
  setStoring(isStoring) {
    this.isStoring = isStoring;
    this.store.setAttribute("aria-pressed", String(isStoring));
    this.update();
  }

  /** @param {string[]} stored */
  build(stored) {
    this.stored = stored;
    const names = [...PADS, ...stored.filter((name) => !PADS.includes(name))];
    this.pads = new Map(names.map((name) => [name, this.makePad(name)]));
    this.list.replaceChildren(...this.pads.values());
    this.update();
  }

  /** @param {string} name */
  makePad(name) {
    const pad = makeButton("", "", () => {
      this.send({ change: this.isStoring ? "store" : "scene", value: name });
      this.setStoring(false);
    });
    pad.dataset.scene = name;
    const pending = document.createElement("span");
    pending.className = "pending";
    pad.append(name, " ", pending);
    return pad;
  }

  update() {
    for (const [name, pad] of this.pads) {
      const isStored = this.stored.includes(name);
      const pending = this.take.pending.get("scene");
      pad.disabled = !isStored && !this.isStoring;
      pad.classList.toggle("empty", !isStored);
      pad.setAttribute("aria-pressed", String(isStored && this.take.values.get("scene") === name));
      pad.title = this.isStoring
        ? `Store all values as scene ${name}.`
        : isStored ? `Call back scene ${name}.` : `Scene ${name} is empty: press store, then this pad.`;
      /** @type {Element} */ (pad.lastElementChild).textContent = pending?.value === name ? `from bar ${pending.bar}` : "";
    }
  }
}

customElements.define("take-scenes", TakeScenes);
