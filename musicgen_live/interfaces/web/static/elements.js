// Elements that several parts of the page have: buttons, links to MIDI files, and places to drop files on.
// @ts-check

import { collect } from "./folder.js";

/** A button. @param {string} text @param {string} help @param {() => void} act */
export function makeButton(text, help, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.title = help;
  button.addEventListener("click", act);
  return button;
}

/** A button whose text is a sign, which is read out by its label. @param {string} sign @param {string} label @param {() => void} act */
export function makeSignButton(sign, label, act) {
  const button = makeButton(sign, label, act);
  button.setAttribute("aria-label", label);
  return button;
}

/** A place to drop files on, or to choose them. @param {string} words @param {HTMLInputElement} input @param {(files: File[]) => void} take */
export function makeDrop(words, input, take) {
  const drop = document.createElement("label");
  drop.className = "drop";
  input.type = "file";
  input.addEventListener("change", () => take([...(input.files ?? [])]));
  drop.append(words, input);
  drop.addEventListener("dragover", (event) => event.preventDefault());
  drop.addEventListener("drop", async (event) => {
    event.preventDefault();
    if (event.dataTransfer) take(await collect(event.dataTransfer));
  });
  return drop;
}

/** A link to download a MIDI file, or to drag it elsewhere. @param {string} text */
export function makeFileLink(text) {
  const link = document.createElement("a");
  link.textContent = text;
  link.addEventListener("dragstart", (drag) => {
    // Chromium and its relatives make a file of this where it is dropped.
    drag.dataTransfer?.setData("DownloadURL", `audio/midi:${link.download}:${link.href}`);
  });
  return link;
}

/** Have a link lead to a file. @param {HTMLAnchorElement} link @param {string} name @param {string} data in base 64 */
export function setFile(link, name, data) {
  link.href = `data:audio/midi;base64,${data}`;
  link.download = name;
}
