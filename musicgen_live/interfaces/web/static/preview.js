// Plays the notes of a file in the page, one file at a time, and draws them.
// @ts-check

import { Sampler } from "./sampler.js";

const AHEAD_S = 0.2;
const TURN_MS = 50;
const MARGIN_PITCHES = 2;

/** @typedef {[number, number, number, number]} FileNote second, seconds, pitch, velocity */

export class Preview {
  /** @param {(isPlaying: boolean) => void} changed */
  constructor(changed) {
    this.changed = changed;
    /** @type {Promise<Sampler> | null} */
    this.loading = null;
    /** @type {Sampler | null} */
    this.sampler = null;
    this.isOn = false;
    this.timer = 0;
    // The plays that were stopped: one that was stopped while it loaded does not begin.
    this.stops = 0;
    // The notes of all plays: those of an earlier one may still fade.
    this.notes = 0;
  }

  /** Play from the beginning. @param {FileNote[]} notes */
  async play(notes) {
    this.stop();
    this.isOn = true;
    this.changed(true);
    const { stops } = this;
    try {
      this.loading ??= Sampler.load("piano");
      this.sampler = await this.loading;
      await this.sampler.resume();
      if (stops === this.stops) this.begin(this.sampler, notes);
    } catch (error) {
      this.loading = null;
      if (stops === this.stops) this.stop();
      throw error;
    }
  }

  /** @param {Sampler} sampler @param {FileNote[]} notes */
  begin(sampler, notes) {
    const sorted = notes.toSorted((one, other) => one[0] - other[0]);
    const startS = sampler.context.currentTime + AHEAD_S;
    let next = 0;
    this.timer = setInterval(() => {
      const nowS = sampler.context.currentTime - startS;
      while (next < sorted.length && sorted[next][0] < nowS + AHEAD_S) {
        const [atS, lengthS, pitch, velocity] = sorted[next++];
        sampler.play(this.notes++, pitch, velocity, atS - nowS + sampler.latencyS, lengthS);
      }
      const last = sorted.at(-1);
      if (!last || (next === sorted.length && nowS > last[0] + last[1])) this.stop();
    }, TURN_MS);
  }

  /** Stop what plays or is loaded to play. */
  stop() {
    if (!this.isOn) return;
    this.isOn = false;
    this.stops += 1;
    clearInterval(this.timer);
    this.sampler?.release();
    this.changed(false);
  }
}

/** Draw notes over the whole of a canvas. @param {HTMLCanvasElement} canvas @param {FileNote[]} notes @param {number} seconds */
export function draw(canvas, notes, seconds) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const style = getComputedStyle(canvas);
  const pitches = notes.map((note) => note[2]);
  const lowest = Math.min(...pitches) - MARGIN_PITCHES;
  const rows = Math.max(...pitches) + MARGIN_PITCHES - lowest + 1;
  context.fillStyle = style.getPropertyValue("--roll-back");
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = style.getPropertyValue("--roll-heard");
  const rowPx = canvas.height / rows;
  for (const [atS, lengthS, pitch] of notes) {
    const x = (atS / seconds) * canvas.width;
    const width = Math.max(1, (lengthS / seconds) * canvas.width);
    context.fillRect(x, canvas.height - (pitch - lowest + 1) * rowPx, width, Math.max(1, rowPx));
  }
}
