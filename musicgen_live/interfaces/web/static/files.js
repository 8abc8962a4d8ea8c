// The files of the page: takes with their pictures, and a MIDI file that is dropped, to go on from or to look at.
// @ts-check

import { ask, clockOf, wordsOf } from "./api.js";
import { makeButton, makeDrop, makeFileLink, setFile } from "./elements.js";
import { Preview, draw } from "./preview.js";

const MOST_BYTES = 8_000_000;

/** @typedef {import("./preview.js").FileNote} FileNote */
/** @typedef {{ id: string, name: string, seconds: number, notes: number, preset: string, seed: number,
 *   favourite: boolean, steered: boolean, with_you: boolean, is_there: boolean }} Row */

export class TakeFiles extends HTMLElement {
  input = document.createElement("input");
  drop = makeDrop("Drop a MIDI file here, or choose one: ", this.input, ([file]) => this.take(file));
  dropped = document.createElement("div");
  state = document.createElement("p");
  list = document.createElement("ul");
  /** @type {HTMLButtonElement | null} the button of what sounds */ playing = null;
  preview = new Preview((isPlaying) => {
    this.playing?.setAttribute("aria-pressed", String(isPlaying));
    if (!isPlaying) this.playing = null;
  });

  /** Load a take when it comes into view. */
  observer = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) {
      if (!isIntersecting) continue;
      this.observer.unobserve(target);
      target.dispatchEvent(new CustomEvent("seen"));
    }
  });

  /** @param {import("./take.js").Take} take */
  show(take) {
    this.state.setAttribute("role", "status");
    this.list.setAttribute("aria-label", "Takes");
    this.input.accept = ".mid,.midi,audio/midi";
    this.append(this.drop, this.dropped, this.state, this.list);
    for (const kind of /** @type {const} */ (["hello", "kept", "ended"])) take.on(kind, () => this.refresh());
  }

  /** Look at a file that was dropped. @param {File | undefined} file */
  async take(file) {
    if (!file) return;
    this.dropped.replaceChildren();
    if (file.size > MOST_BYTES) {
      this.say(`${file.name} has more than 8 MB, which are not read.`);
      return;
    }
    await this.tell(async () => {
      const shown = await ask("look", { query: { name: file.name }, body: file });
      const goOn = makeButton("Go on from it", "At the next bar line the music begins again from the end of this file.", () =>
        this.tell(async () => {
          await ask("continue", { query: { name: file.name.replace(/\.midi?$/i, "") }, body: file });
          return `The music goes on from ${file.name} at the next bar line.`;
        }),
      );
      const name = document.createElement("strong");
      name.textContent = `${file.name} (${clockOf(shown.seconds)})`;
      this.dropped.append(name, this.picture(shown.notes, shown.seconds, file.name), goOn, this.playButton(file.name, () => shown.notes));
      return shown.remarks.join(" ");
    });
  }

  refresh() {
    return this.tell(async () => {
      const { takes } = await ask("takes");
      this.list.replaceChildren(...takes.map((/** @type {Row} */ row) => this.makeRow(row)));
      return takes.length ? "" : "The takes that you record appear here.";
    });
  }

  /** @param {Row} row */
  makeRow(row) {
    const item = document.createElement("li");
    item.dataset.take = row.name;
    const picture = document.createElement("div");
    const link = makeFileLink("download");
    /** @type {FileNote[]} */
    let notes = [];
    const facts = [clockOf(row.seconds), row.steered && "steered", row.with_you && "with you", !row.is_there && "its file is not there"];
    const words = document.createElement("span");
    words.textContent = facts.filter(Boolean).join(", ");
    item.append(this.star(row), this.nameField(row), words, this.playButton(row.name, () => notes), link, picture);
    item.addEventListener("seen", () =>
      this.tell(async () => {
        const shown = await ask(`takes/${row.id}`);
        notes = shown.notes;
        picture.append(this.picture(notes, shown.seconds, row.name));
        setFile(link, shown.file, shown.data);
        return null;
      }),
    );
    if (row.is_there) this.observer.observe(item);
    return item;
  }

  /** @param {Row} row */
  star(row) {
    const star = makeButton("★", "A favourite, or not", () =>
      this.tell(async () => {
        const favourite = star.getAttribute("aria-pressed") !== "true";
        const changed = await ask(`takes/${row.id}`, { body: JSON.stringify({ favourite }) });
        star.setAttribute("aria-pressed", String(changed.favourite));
        return null;
      }),
    );
    star.setAttribute("aria-label", `Favourite: ${row.name}`);
    star.setAttribute("aria-pressed", String(row.favourite));
    return star;
  }

  /** @param {Row} row */
  nameField(row) {
    const field = document.createElement("input");
    field.type = "text";
    field.value = row.name;
    field.maxLength = 80;
    field.setAttribute("aria-label", `Name of the take ${row.name}`);
    field.addEventListener("change", async () => {
      await this.tell(async () => {
        await ask(`takes/${row.id}`, { body: JSON.stringify({ name: field.value }) });
        await this.refresh();
        return `${row.name} is ${field.value} now.`;
      });
      if (field.isConnected) field.value = row.name;
    });
    return field;
  }

  /** @param {string} name @param {() => FileNote[]} notesOf */
  playButton(name, notesOf) {
    const play = makeButton("▶", "Play it in this page", () => {
      const wasPlaying = this.playing === play;
      this.preview.stop();
      if (wasPlaying) return;
      this.playing = play;
      this.tell(async () => {
        await this.preview.play(notesOf());
        return null;
      });
    });
    play.setAttribute("aria-label", `Play ${name}`);
    play.setAttribute("aria-pressed", "false");
    return play;
  }

  /** @param {FileNote[]} notes @param {number} seconds @param {string} name */
  picture(notes, seconds, name) {
    const canvas = document.createElement("canvas");
    canvas.width = 600;
    canvas.height = 80;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `Piano roll of ${name}: ${notes.length} notes`);
    // Its colours are those of where it stands.
    requestAnimationFrame(() => draw(canvas, notes, seconds));
    return canvas;
  }

  /** Do something, and say what it returns, or why it failed; null says nothing. @param {() => Promise<string | null>} act */
  async tell(act) {
    try {
      const words = await act();
      if (words !== null) this.say(words);
    } catch (error) {
      this.say(wordsOf(error));
    }
  }

  /** @param {string} words */
  say(words) {
    this.state.textContent = words;
  }
}

customElements.define("take-files", TakeFiles);
