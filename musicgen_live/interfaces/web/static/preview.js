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
    /** @type {Sampler | null} */
    this.sampler = null;
    this.timer = 0;
  }

  /** Play from the beginning. @param {FileNote[]} notes */
  async play(notes) {
    this.stop();
    this.changed(true);
    this.sampler ??= await Sampler.load("piano");
    const { sampler } = this;
    await sampler.resume();
    const sorted = notes.toSorted((one, other) => one[0] - other[0]);
    const startS = sampler.context.currentTime + AHEAD_S;
    let next = 0;
    this.timer = setInterval(() => {
      const nowS = sampler.context.currentTime - startS;
      while (next < sorted.length && sorted[next][0] < nowS + AHEAD_S) {
        const [atS, lengthS, pitch, velocity] = sorted[next];
        sampler.play(next++, pitch, velocity, atS - nowS + sampler.latencyS, lengthS);
      }
      const last = sorted.at(-1);
      if (!last || (next === sorted.length && nowS > last[0] + last[1])) this.stop();
    }, TURN_MS);
  }

  stop() {
    if (!this.timer) return;
    clearInterval(this.timer);
    this.timer = 0;
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
