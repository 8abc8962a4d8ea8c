// The keyboard of the page: keys for mouse, touch and computer keys, and a MIDI keyboard at this browser.
// @ts-check

import { makeButton, makeSignButton } from "./elements.js";
import { HangingNotes } from "./hanging.js";
import { isBlack, pitchName } from "./pitches.js";
import { portChooser } from "./webmidi.js";

const NOTE_OFF = 0x80;
const NOTE_ON = 0x90;
const CONTROL_CHANGE = 0xb0;
const SYSTEM = 0xf0;
// A wheel or a pedal moves up to a thousand times a second.
const THINNED_MS = 20;
const VELOCITY = 80;
const [SOFTEST, LOUDEST] = [30, 120];
const WHITE_PX = 44;
// As in Live, Logic and GarageBand: the middle row is white keys, the row above black ones. Places, not letters.
const COMPUTER_KEYS = [
  "KeyA", "KeyW", "KeyS", "KeyE", "KeyD", "KeyF", "KeyT", "KeyG", "KeyY", "KeyH", "KeyU", "KeyJ",
  "KeyK", "KeyO", "KeyL", "KeyP", "Semicolon",
];
const TYPING_HELP = "Play by the computer's keys: A W S E D F …; Z and X move by an octave.";
const OCTAVE_KEYS = new Map([["KeyZ", -12], ["KeyX", 12]]);

export class PageKeyboard extends HTMLElement {
  /** @type {import("./take.js").Take} */ take;
  /** @type {import("./connection.js").Send} */ send;
  /** @type {import("./sound.js").TakeSound} */ sound;
  lowest = 48;
  keys = document.createElement("div");
  octave = document.createElement("span");
  typing = makeButton("Computer keys", TYPING_HELP, () => this.setTyping(!this.isTyping));
  /** @type {Map<number, HTMLElement>} */ keyOfPitch = new Map();
  /** @type {Map<string | number, number>} the pitch that each pointer and each computer key holds */ held = new Map();
  isTyping = false;
  /** @type {MIDIInput | null} */ port = null;
  hanging = new HangingNotes();
  /** @type {Map<string, { midi: string, at_s: number }>} the latest of each wheel and pedal */ waiting = new Map();

  /** @param {import("./take.js").Take} take @param {import("./connection.js").Send} send */
  show(take, send) {
    this.take = take;
    this.send = send;
    this.sound = /** @type {import("./sound.js").TakeSound} */ (document.querySelector("take-sound"));
    this.keys.className = "keys";
    this.keys.setAttribute("role", "group");
    this.keys.setAttribute("aria-label", "Piano keys");
    this.append(this.makeButtons(), this.keys);
    this.keys.addEventListener("pointerdown", (event) => this.point(event));
    this.keys.addEventListener("pointermove", (event) => this.held.has(event.pointerId) && this.point(event));
    for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) {
      addEventListener(name, (event) => this.lift(event.pointerId, event.timeStamp));
    }
    this.keys.addEventListener("keydown", (event) => this.pressFocused(event));
    addEventListener("keydown", (event) => this.type(event));
    addEventListener("keyup", (event) => this.lift(event.code, event.timeStamp));
    addEventListener("blur", () => this.liftAll());
    new ResizeObserver(() => this.build()).observe(this.keys);
    take.on("opened", () => (this.hidden = !take.isPlayedOnPage));
  }

  makeButtons() {
    const row = document.createElement("div");
    row.className = "keyboard-buttons";
    this.octave.className = "keyboard-octave";
    this.typing.setAttribute("aria-pressed", "false");
    row.append(
      makeSignButton("−", "An octave down", () => this.move(-12)),
      this.octave,
      makeSignButton("+", "An octave up", () => this.move(12)),
      this.typing,
      portChooser("inputs", "MIDI keyboard", (port) => this.listenTo(port)),
    );
    return row;
  }

  // --- the keys ---------------------------------------------------------------------------------------------------

  /** Make as many octaves of keys as there is room for. */
  build() {
    const octaves = Math.max(1, Math.min(4, Math.floor(this.keys.clientWidth / (7 * WHITE_PX))));
    if (this.keyOfPitch.size === 12 * octaves + 1 && this.keyOfPitch.has(this.lowest)) return;
    this.liftAll();
    this.keyOfPitch.clear();
    for (let pitch = this.lowest; pitch <= this.lowest + 12 * octaves; pitch++) {
      const key = document.createElement("button");
      key.type = "button";
      key.className = isBlack(pitch) ? "black" : "white";
      key.dataset.pitch = String(pitch);
      key.setAttribute("aria-label", pitchName(pitch));
      key.tabIndex = pitch === this.lowest ? 0 : -1;
      if (pitch % 12 === 0) key.textContent = pitchName(pitch);
      this.keyOfPitch.set(pitch, key);
    }
    this.keys.replaceChildren(...this.keyOfPitch.values());
    this.octave.textContent = `from ${pitchName(this.lowest)}`;
  }

  /** @param {number} semitones */
  move(semitones) {
    this.lowest = Math.max(12, Math.min(96, this.lowest + semitones));
    this.build();
  }

  /** A pointer is down on a key, or slides to it; farther down on the key is louder. @param {PointerEvent} event */
  point(event) {
    const key = /** @type {HTMLElement | null} */ (document.elementFromPoint(event.clientX, event.clientY));
    const pitch = Number(key?.dataset.pitch ?? NaN);
    if (event.type === "pointerdown") {
      // So that the finger that slides is over other keys.
      /** @type {Element} */ (event.target).releasePointerCapture?.(event.pointerId);
    }
    if (key === null || Number.isNaN(pitch) || this.held.get(event.pointerId) === pitch) return;
    const { top, height } = key.getBoundingClientRect();
    const velocity = Math.round(SOFTEST + (LOUDEST - SOFTEST) * Math.min(1, (event.clientY - top) / height));
    this.press(event.pointerId, pitch, velocity, event.timeStamp);
  }

  /** Keys of the piano in focus: space and enter play, arrows go from key to key. @param {KeyboardEvent} event */
  pressFocused(event) {
    const pitch = Number(/** @type {HTMLElement} */ (event.target).dataset.pitch);
    const to = { ArrowLeft: pitch - 1, ArrowRight: pitch + 1, Home: this.lowest }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      const key = this.keyOfPitch.get(to);
      if (!key) return;
      for (const each of this.keyOfPitch.values()) each.tabIndex = each === key ? 0 : -1;
      key.focus();
    } else if ((event.key === " " || event.key === "Enter") && !event.repeat) {
      event.preventDefault();
      this.press(event.code, pitch, VELOCITY, event.timeStamp);
    }
  }

  // --- computer keys ----------------------------------------------------------------------------------------------

  /** @param {boolean} isTyping */
  setTyping(isTyping) {
    this.isTyping = isTyping;
    this.typing.setAttribute("aria-pressed", String(isTyping));
    if (!isTyping) this.liftAll();
  }

  /** @param {KeyboardEvent} event */
  type(event) {
    const isText = /** @type {HTMLElement} */ (event.target).matches?.("input:not([type=range]), select, textarea");
    if (!this.isTyping || event.repeat || isText || event.ctrlKey || event.metaKey || event.altKey) return;
    const index = COMPUTER_KEYS.indexOf(event.code);
    const semitones = OCTAVE_KEYS.get(event.code);
    if (index >= 0) this.press(event.code, this.lowest + 12 + index, VELOCITY, event.timeStamp);
    else if (semitones !== undefined) this.move(semitones);
    else return;
    event.preventDefault();
  }

  /** Listen to another MIDI keyboard, or to none; what is held on the one before goes up. @param {MIDIPort | null} port */
  listenTo(port) {
    if (this.port) this.port.onmidimessage = null;
    for (const message of this.hanging.take()) this.forward(message);
    this.port = /** @type {MIDIInput | null} */ (port);
    if (!this.port) return;
    this.port.onmidimessage = (event) => {
      if (!event.data) return;
      this.hanging.update(event.data);
      this.forward(event.data, event.timeStamp);
    };
  }

  // --- notes ------------------------------------------------------------------------------------------------------

  /** @param {string | number} holder @param {number} pitch @param {number} velocity @param {number} timeStampMs */
  press(holder, pitch, velocity, timeStampMs) {
    this.lift(holder, timeStampMs);
    this.held.set(holder, pitch);
    this.forward([NOTE_ON, pitch, velocity], timeStampMs);
  }

  /** @param {string | number} holder */
  lift(holder, timeStampMs = performance.now()) {
    const pitch = this.held.get(holder);
    if (pitch === undefined) return;
    this.held.delete(holder);
    this.forward([NOTE_OFF, pitch, 0], timeStampMs);
  }

  liftAll() {
    for (const holder of [...this.held.keys()]) this.lift(holder);
  }

  /** Send a channel message to the take; a note sounds here, and its key shows it. @param {Iterable<number>} bytes */
  forward(bytes, timeStampMs = performance.now()) {
    const [status, data, velocity] = bytes;
    if (status >= SYSTEM || !this.take.clock.isSet) return;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    const message = { midi: hex, at_s: timeStampMs / 1000 + this.take.clock.offsetS };
    const kind = status & 0xf0;
    if (kind !== NOTE_ON && kind !== NOTE_OFF) {
      this.sendSoon(kind === CONTROL_CHANGE ? `${status} ${data}` : String(status), message);
      return;
    }
    this.send(message);
    const isOn = kind === NOTE_ON && velocity > 0;
    this.sound.key(data, isOn ? velocity : 0);
    this.keyOfPitch.get(data)?.classList.toggle("is-down", isOn);
  }

  /** Send at most every `THINNED_MS`, and the last of its kind in any case.
   * @param {string} kind @param {{ midi: string, at_s: number }} message */
  sendSoon(kind, message) {
    if (this.waiting.size === 0) {
      setTimeout(() => {
        this.waiting.forEach((each) => this.send(each));
        this.waiting.clear();
      }, THINNED_MS);
    }
    this.waiting.set(kind, message);
  }
}

customElements.define("page-keyboard", PageKeyboard);
