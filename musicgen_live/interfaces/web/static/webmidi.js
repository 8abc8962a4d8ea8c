// Web MIDI: the MIDI ports of this browser, in browsers that have it, on this machine or over HTTPS.
// @ts-check

import { makeButton } from "./elements.js";

/** @type {Promise<MIDIAccess> | null} */
let access = null;

/**
 * A button that asks the browser for its MIDI ports and becomes a list of them; hidden where there is no Web MIDI.
 * @param {"inputs" | "outputs"} direction
 * @param {string} label
 * @param {(port: MIDIPort | null) => void} choose gets the port that was chosen; null for none, and if it is gone
 */
export function portChooser(direction, label, choose) {
  const place = document.createElement("span");
  place.hidden = !("requestMIDIAccess" in navigator);
  const button = makeButton(label, `Choose a MIDI port of this browser: ${label}.`, async () => {
    access ??= navigator.requestMIDIAccess();
    try {
      place.replaceChildren(portList((await access)[direction], await access, label, choose));
    } catch {
      access = null;
      button.textContent = `${label}: the browser allows none`;
    }
  });
  place.append(button);
  return place;
}

/**
 * @param {ReadonlyMap<string, MIDIPort>} ports
 * @param {MIDIAccess} midi
 * @param {string} label
 * @param {(port: MIDIPort | null) => void} choose
 */
function portList(ports, midi, label, choose) {
  const list = document.createElement("select");
  list.setAttribute("aria-label", label);
  const fill = () => {
    const chosen = list.value;
    const names = [...ports.values()].map((port) => new Option(port.name ?? port.id, port.id));
    list.replaceChildren(new Option(`${label}: none`, ""), ...names);
    list.value = ports.has(chosen) ? chosen : "";
    if (list.value !== chosen) choose(null);
  };
  fill();
  midi.addEventListener("statechange", fill);
  list.addEventListener("change", () => choose(ports.get(list.value) ?? null));
  return list;
}
