// The output ports of the take, each as a list from which another port can be chosen while it plays.
// @ts-check

const NEW = "a new port musicgen-live";

export class TakePorts extends HTMLElement {
  /** @type {import("./take.js").Take} */ take;
  /** @type {import("./connection.js").Send} */ send;
  /** @type {string[]} */ names = [];
  /** @type {HTMLSelectElement[]} */ lists = [];

  /** @param {import("./take.js").Take} take @param {import("./connection.js").Send} send */
  show(take, send) {
    this.take = take;
    this.send = send;
    take.on("ports", ({ outputs }) => {
      this.names = outputs;
      this.fill();
    });
    take.on("opened", () => {
      this.fill();
      send({ ports: true });
    });
    take.on("outputs-changed", () => this.fill());
    take.on("refused", ({ name }) => name === "port" && this.fill());
    // A device may have been plugged in.
    this.addEventListener("focusin", () => send({ ports: true }));
  }

  fill() {
    const present = this.take.ports.length > 0 ? this.take.ports : [""];
    while (this.lists.length < present.length) this.lists.push(this.makeList(this.lists.length));
    this.lists.length = present.length;
    present.forEach((port, output) => {
      const list = this.lists[output];
      const head = new Option(port ? `to ${port}` : "to no port", "");
      const others = this.names.map((name) => new Option(name, name));
      const options = [head, ...others, new Option(NEW, NEW)];
      // A list that is open must not be changed under the hand.
      if (options.map((each) => each.text).join("\n") !== [...list.options].map((each) => each.text).join("\n")) {
        list.replaceChildren(...options);
      }
      list.value = "";
    });
    this.replaceChildren(...this.lists);
  }

  /** @param {number} output */
  makeList(output) {
    const list = document.createElement("select");
    list.setAttribute("aria-label", `MIDI output port ${output + 1}`);
    list.addEventListener("change", () => {
      if (list.value) this.send({ port: list.value === NEW ? null : list.value, output });
    });
    return list;
  }
}

customElements.define("take-ports", TakePorts);
