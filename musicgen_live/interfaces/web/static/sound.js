// The sound of the page: plays what is planned by its sampler and at a MIDI port, a moment ahead, and takes back what is cut.
// @ts-check

import { makeButton } from "./elements.js";
import { firstFrom, PPQ } from "./take.js";
import { MidiOut } from "./midiout.js";
import { Sampler } from "./sampler.js";
import { portChooser } from "./webmidi.js";

const AHEAD_S = 0.1;
const TURN_MS = 25;
// A note that was planned so late still begins, at once.
const LATE_S = 0.03;

export class TakeSound extends HTMLElement {
  /** @type {import("./take.js").Take} */ take;
  /** @type {Sampler | null} */ sampler = null;
  /** @type {MidiOut | null} */ midiOut = null;
  isOn = false;
  toggle = makeButton("Sound", "Let this page sound.", () => this.switchTo(!this.isOn));
  instrument = document.createElement("select");
  volume = document.createElement("input");
  state = document.createElement("span");

  /** @param {import("./take.js").Take} take */
  show(take) {
    this.take = take;
    this.toggle.setAttribute("aria-pressed", "false");
    this.instrument.setAttribute("aria-label", "Instrument of this page");
    this.instrument.addEventListener("change", () => this.load());
    this.volume.type = "range";
    this.volume.min = "-40";
    this.volume.max = "6";
    this.volume.value = "0";
    this.volume.setAttribute("aria-label", "Volume of this page, in decibels");
    this.volume.addEventListener("input", () => this.sampler?.setVolume(Number(this.volume.value)));
    this.state.setAttribute("role", "status");
    const midiOut = portChooser("outputs", "MIDI out", (port) => this.sendTo(port));
    this.append(this.toggle, this.instrument, this.volume, midiOut, this.state);
    take.on("hello", () => this.list());
    take.on("planned", (event) => {
      for (const player of this.players) player.takeBack((tick) => tick >= event.tick);
      // What stays may be due before the next turn.
      this.work();
    });
    // At another tempo, or from another place, what has not begun is due at another moment.
    take.on("place", (event) => {
      for (const player of this.players) player.takeBack(() => true);
      if (!event.runs) this.release();
      this.work();
    });
    take.on("ended", () => this.release());
    take.on("changed", ({ name, value }) => {
      if (name === "panic" || (name === "mute" && value)) this.release();
    });
    setInterval(() => this.work(), TURN_MS);
  }

  /** What sounds now: the sampler, a MIDI port, both or none. @returns {(Sampler | MidiOut)[]} */
  get players() {
    return [this.isOn ? this.sampler : null, this.midiOut].filter((player) => player !== null);
  }

  release() {
    for (const player of this.players) player.release();
  }

  /** A key of the page goes down, or with velocity 0 up. @param {number} pitch @param {number} velocity */
  key(pitch, velocity) {
    for (const player of this.players) {
      if (velocity) player.press(pitch, velocity);
      else player.lift(pitch);
    }
  }

  /** @param {MIDIPort | null} port */
  sendTo(port) {
    this.midiOut?.close();
    this.midiOut = port && new MidiOut(/** @type {MIDIOutput} */ (port));
    this.work();
  }

  list() {
    const chosen = this.instrument.value || "piano";
    this.instrument.replaceChildren(...this.take.instruments.map((name) => new Option(name)));
    this.instrument.value = chosen;
  }

  /** @param {boolean} isOn */
  async switchTo(isOn) {
    this.isOn = isOn;
    this.toggle.setAttribute("aria-pressed", String(isOn));
    if (!isOn) this.sampler?.release();
    else if (this.sampler) await this.sampler.resume();
    else await this.load();
  }

  async load() {
    if (!this.isOn) {
      this.sampler?.close();
      this.sampler = null;
      return;
    }
    const name = this.instrument.value;
    this.state.textContent = `loading ${name} …`;
    try {
      const sampler = await Sampler.load(name);
      this.sampler?.close();
      this.sampler = sampler;
      sampler.setVolume(Number(this.volume.value));
      await sampler.resume();
      this.state.textContent = "";
    } catch (error) {
      this.state.textContent = `The sound cannot be played (${error instanceof Error ? error.message : error}).`;
    }
  }

  /** Have everything begin that is due soon. */
  work() {
    const { players, take } = this;
    const headTick = take.headTick;
    if (players.length === 0 || headTick === null || take.values.get("mute") || take.hasEnded) return;
    const position = take.positionAt(take.clock.nowS());
    if (!position.runs) return;
    const ticksPerS = (position.tempo * PPQ) / 60;
    const first = firstFrom(take.notes, headTick - LATE_S * ticksPerS);
    const aheadS = AHEAD_S + Math.max(...players.map((player) => player.latencyS));
    for (let index = first; index < take.notes.length; index++) {
      const [tick, lengthTicks, pitch, velocity] = take.notes[index];
      const inS = (tick - headTick) / ticksPerS;
      if (inS > aheadS) break;
      for (const player of players) player.play(tick, pitch, velocity, inS, lengthTicks / ticksPerS);
    }
  }
}

customElements.define("take-sound", TakeSound);
