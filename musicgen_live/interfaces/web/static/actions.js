// The buttons of the actions in the table of parameters, saving as a preset, and the end of the take.
// @ts-check

import { makeButton } from "./elements.js";

export class TakeActions extends HTMLElement {
  /** @type {import("./take.js").Take} */ take;
  /** @type {import("./connection.js").Send} */ send;
  /** @type {Map<string, HTMLElement>} */ pending = new Map();

  /** @param {import("./take.js").Take} take @param {import("./connection.js").Send} send */
  show(take, send) {
    this.take = take;
    this.send = send;
    take.on("hello", () => this.build());
    take.addEventListener("news", () => this.update());
  }

  build() {
    // Pads store scenes.
    this.pending.clear();
    this.replaceChildren();
    for (const parameter of this.take.parameters.filter(({ kind, name }) => kind === "action" && name !== "store")) {
      const button = this.button(parameter.name, parameter.help, () => this.send({ change: parameter.name }));
      const pending = document.createElement("span");
      pending.className = "pending";
      button.append(" ", pending);
      this.pending.set(parameter.name, pending);
      this.append(button);
    }
    this.append(this.saveForm());
    this.append(
      this.button("stop", "Stop the take here.", () => {
        if (confirm("Stop the take here? It is kept as a file.")) this.send({ quit: true });
      }),
    );
    this.update();
  }

  /** @param {string} text @param {string} help @param {() => void} act */
  button(text, help, act) {
    const button = makeButton(text, help, act);
    button.dataset.action = text;
    return button;
  }

  saveForm() {
    const form = document.createElement("form");
    const name = document.createElement("input");
    name.placeholder = "name of a preset";
    name.setAttribute("aria-label", "Name of the preset to save");
    name.required = true;
    name.maxLength = 60;
    const save = document.createElement("button");
    save.textContent = "save";
    save.title = "Save all values as a preset.";
    form.append(name, save);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send({ change: "save", value: name.value });
      name.value = "";
    });
    return form;
  }

  update() {
    for (const [name, span] of this.pending) {
      const pending = this.take.pending.get(name);
      const words = pending ? `from bar ${pending.bar}` : "";
      if (span.textContent !== words) span.textContent = words;
    }
  }
}

customElements.define("take-actions", TakeActions);
