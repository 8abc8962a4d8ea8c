// Training in the page: a folder of MIDI files becomes a model, with its curve, the time left, and a card that plays it.
// @ts-check

import { ask, wordsOf } from "./api.js";
import { makeButton, makeDrop } from "./elements.js";

const LOOK_MS = 1000;
const MOST_REASONS = 20;
const WIDTH = 300;
const HEIGHT = 100;

/** @typedef {{ epoch: number, loss: number | null, valid_loss: number | null }} Epoch */
/** @typedef {{ install: string | null, state: "empty" | "ready" | "running" | "stopped" | "failed" | "done", name: string,
 *   files: number, epochs: Epoch[], planned: number, left_s: number | null, words: string }} Status */

export class TakeTrain extends HTMLElement {
  name = document.createElement("input");
  epochs = document.createElement("input");
  input = document.createElement("input");
  reasons = document.createElement("ul");
  state = document.createElement("p");
  curve = document.createElement("div");
  card = document.createElement("div");
  train = makeButton("Train", "Train a copy of the model piano on these files; two to five minutes on a laptop.", () => this.start());
  stop = makeButton("Stop", "Stop here; Train goes on from here later.", () => this.tell(() => ask("training/stop", { body: "" })));
  /** @type {import("./connection.js").Send} */ send;
  /** @type {Status["state"]} */ stateBefore = "empty";
  /** @type {Map<string, string>} the words of each model's card, by its name */ origins = new Map();
  timer = 0;
  isReading = false;

  /** @param {import("./take.js").Take} take @param {import("./connection.js").Send} send */
  show(take, send) {
    this.send = send;
    this.name.type = "text";
    this.name.value = "my music";
    this.name.maxLength = 60;
    this.name.setAttribute("aria-label", "Name of the new model");
    this.epochs.type = "number";
    this.epochs.min = "1";
    this.epochs.max = "100";
    this.epochs.placeholder = "as many as help";
    this.epochs.setAttribute("aria-label", "Number of epochs, the passes over your music, at most");
    this.state.setAttribute("role", "status");
    const row = document.createElement("div");
    row.className = "row";
    row.append(this.name, this.epochs, this.train, this.stop);
    this.input.multiple = true;
    this.input.webkitdirectory = true;
    const drop = makeDrop("Drop a folder of MIDI files here, or choose one: ", this.input, (files) => this.add(files));
    this.append(drop, row, this.state, this.reasons, this.curve, this.card);
    take.on("hello", () => this.look());
    take.on("cards", ({ models }) => {
      this.origins = new Map(models.map((model) => [model.name, model.words]));
      this.look();
    });
  }

  /** Send files one after the other, and say which ones cannot be read. @param {File[]} files */
  async add(files) {
    const midi = files.filter((file) => /\.midi?$/i.test(file.name));
    this.reasons.replaceChildren();
    this.isReading = true;
    let read = 0;
    let refused = 0;
    for (const file of midi) {
      try {
        const query = { name: this.name.value, file: file.name.replace(/\.midi?$/i, "") };
        await ask("training/file", { query, body: file });
        read += 1;
      } catch (error) {
        refused += 1;
        if (refused <= MOST_REASONS) this.reasons.append(item(wordsOf(error)));
      }
      this.state.textContent = `${read} of ${midi.length} files can be read${refused ? `, ${refused} cannot` : ""}.`;
    }
    this.isReading = false;
    if (midi.length === 0) this.state.textContent = "There are no MIDI files in it.";
    else await this.look({ keepsWords: true });
  }

  start() {
    const epochs = this.epochs.value === "" ? null : Number(this.epochs.value);
    return this.tell(() => ask("training/start", { body: JSON.stringify({ name: this.name.value, epochs }) }));
  }

  /** @param {() => Promise<Status>} act */
  async tell(act) {
    try {
      this.update(await act());
    } catch (error) {
      this.state.textContent = wordsOf(error);
    }
  }

  /** Ask how it is going, again and again while it goes. */
  async look({ keepsWords = false } = {}) {
    clearTimeout(this.timer);
    try {
      this.update(await ask("training"), keepsWords);
    } catch (error) {
      this.state.textContent = wordsOf(error);
    }
  }

  /** @param {Status} status */
  update(status, keepsWords = false) {
    clearTimeout(this.timer);
    const runs = status.state === "running";
    this.train.disabled = runs || status.install !== null;
    this.train.textContent = status.state === "stopped" ? "Go on" : "Train";
    this.stop.disabled = !runs;
    this.name.disabled = runs;
    if (runs || status.state === "stopped") this.name.value = status.name;
    if (status.install) this.state.textContent = status.install;
    else if (!keepsWords && !this.isReading) this.state.textContent = wordsFor(status);
    this.curve.replaceChildren(...(status.epochs.length ? [picture(status.epochs)] : []));
    this.showCard(status);
    // It is among the cards of the models from now on.
    if (status.state === "done" && this.stateBefore === "running") this.send({ cards: true });
    this.stateBefore = status.state;
    if (runs) this.timer = setTimeout(() => this.look(), LOOK_MS);
  }

  /** @param {Status} status */
  showCard(status) {
    if (status.state !== "done") {
      this.card.replaceChildren();
      return;
    }
    const card = makeButton("", "Play on with this model from the next bar line.", () =>
      this.send({ change: "model", value: status.name }),
    );
    card.className = "card";
    card.dataset.model = status.name;
    const name = document.createElement("strong");
    name.textContent = status.name;
    const words = document.createElement("span");
    words.textContent = this.origins.get(status.name) ?? "Play it.";
    card.append(name, " ", words);
    this.card.replaceChildren(card);
  }
}

/** @param {Status} status */
function wordsFor(status) {
  const epochs = `epoch ${status.epochs.length} of ${status.planned}`;
  switch (status.state) {
    case "running":
      if (!status.epochs.length) return `Training begins. ${status.words}`;
      return `Trained ${epochs}; about ${minutes(status.left_s ?? 0)} left.`;
    case "stopped":
      return `Stopped after ${epochs}. It goes on from there.`;
    case "failed":
      return `Training has failed: ${status.words}`;
    case "done":
      return `The model ${status.name} is ready.`;
    case "ready":
      return `${status.files} files to train on.`;
    default:
      return "";
  }
}

/** @param {number} seconds */
function minutes(seconds) {
  return seconds < 90 ? `${Math.round(seconds)} seconds` : `${Math.round(seconds / 60)} minutes`;
}

/** The curve: losses on the music that is learnt and on pieces held out. @param {Epoch[]} epochs */
function picture(epochs) {
  const namespace = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(namespace, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("role", "img");
  const losses = epochs.flatMap((row) => [row.loss, row.valid_loss]).filter((loss) => loss !== null);
  const last = epochs[epochs.length - 1];
  svg.setAttribute("aria-label", `Loss after epoch ${last.epoch}: ${last.loss?.toFixed(2)}, of pieces held out ${last.valid_loss?.toFixed(2)}`);
  const [least, most] = [Math.min(...losses), Math.max(...losses)];
  for (const kind of /** @type {const} */ (["loss", "valid_loss"])) {
    const line = document.createElementNS(namespace, "polyline");
    line.setAttribute("class", kind);
    const points = epochs.filter((row) => row[kind] !== null).map((row, index) => {
      const x = epochs.length > 1 ? (index / (epochs.length - 1)) * WIDTH : WIDTH / 2;
      const y = HEIGHT - 4 - (((row[kind] ?? 0) - least) / (most - least || 1)) * (HEIGHT - 8);
      return `${x.toFixed(1)},${y.toFixed(1)}`;
    });
    // A line of one point would not be seen.
    line.setAttribute("points", (points.length === 1 ? [...points, points[0].replace(/^[^,]+/, String(WIDTH))] : points).join(" "));
    svg.append(line);
  }
  return svg;
}

/** @param {string} text */
function item(text) {
  const made = document.createElement("li");
  made.textContent = text;
  return made;
}

customElements.define("take-train", TakeTrain);
