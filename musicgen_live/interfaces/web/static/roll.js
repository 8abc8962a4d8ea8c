// The piano roll: what was heard, sounds and is planned, what the musician plays, bar lines and sections, on a canvas.
// @ts-check

import { makeSignButton } from "./elements.js";
import { isBlack, pitchName } from "./pitches.js";
import { firstFrom } from "./take.js";

const RULER_PX = 38;
const HEAD_SHARE = 0.35;
const LONGEST_NOTE_BARS = 8;
const FEWEST_PITCHES = 24;
const ZOOM_STEP = 1.25;
const PLANNED_ALPHA = 0.45;
// A finger that taps, or a mouse that clicks, moves a little.
const TAP_PX = 3;
const NAMES = ["back", "line", "beat", "row", "ink", "heard", "sounding", "planned", "own", "head", "melody", "bass", "chords"];

export class PianoRoll extends HTMLElement {
  /** @type {import("./take.js").Take} */ take;
  barsInView = 6;
  /** @type {number | null} the tick at the left edge; null while the view follows the playhead */ heldStartTick = null;
  lowest = 48;
  highest = 84;
  widthPx = 0;
  heightPx = 0;
  /** @type {Record<string, string>} */ colours = {};
  canvas = document.createElement("canvas");
  context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
  /** @type {HTMLButtonElement} */ followButton;
  /** @type {Map<number, { x: number, drags: boolean }>} each pointer that is down */ pointers = new Map();

  /** @param {import("./take.js").Take} take */
  show(take) {
    this.take = take;
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "img");
    this.canvas.setAttribute("aria-label", "Piano roll");
    this.append(this.canvas, this.makeButtons());
    this.canvas.addEventListener("keydown", (event) => this.press(event));
    this.canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.canvas.addEventListener("pointerdown", (event) => this.drag(event));
    this.canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) {
      this.canvas.addEventListener(name, (event) => this.pointers.delete(event.pointerId));
    }
    new ResizeObserver(() => this.resize()).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.readColours());
    this.readColours();
    this.resize();
    const frame = () => {
      this.draw();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    setInterval(() => this.describe(), 5000);
  }

  makeButtons() {
    const group = document.createElement("div");
    group.className = "roll-buttons";
    /** @type {[string, string, () => void][]} */
    const buttons = [
      ["◀", "Back by a bar", () => this.scrollBars(-1)],
      ["▶", "Forward by a bar", () => this.scrollBars(1)],
      ["−", "Show more bars", () => this.zoom(ZOOM_STEP)],
      ["+", "Show fewer bars", () => this.zoom(1 / ZOOM_STEP)],
      ["Follow", "Follow the music", () => this.follow()],
    ];
    group.append(...buttons.map(([text, label, act]) => makeSignButton(text, label, act)));
    this.followButton = /** @type {HTMLButtonElement} */ (group.lastElementChild);
    this.followButton.setAttribute("aria-pressed", "true");
    return group;
  }

  readColours() {
    const style = getComputedStyle(this);
    this.colours = Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--roll-${name}`).trim()]));
  }

  resize() {
    const ratio = devicePixelRatio || 1;
    this.widthPx = this.canvas.clientWidth;
    this.heightPx = this.canvas.clientHeight;
    this.canvas.width = Math.round(this.widthPx * ratio);
    this.canvas.height = Math.round(this.heightPx * ratio);
    this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  // --- the view ---------------------------------------------------------------------------------------------------

  get ticksInView() {
    return this.barsInView * this.take.barTicks();
  }

  get startTick() {
    return this.heldStartTick ?? (this.take.headTick ?? 0) - HEAD_SHARE * this.ticksInView;
  }

  /** @param {number} bars */
  scrollBars(bars) {
    this.heldStartTick = this.take.tickOf(Math.max(0, this.take.barAt(this.startTick) + bars));
    this.followButton.setAttribute("aria-pressed", "false");
  }

  follow() {
    this.heldStartTick = null;
    this.followButton.setAttribute("aria-pressed", "true");
  }

  /** @param {number} factor */
  zoom(factor) {
    this.barsInView = Math.min(64, Math.max(1, this.barsInView * factor));
  }

  /** @param {KeyboardEvent} event */
  press(event) {
    const act = {
      ArrowLeft: () => this.scrollBars(-1),
      ArrowRight: () => this.scrollBars(1),
      ArrowUp: () => this.zoom(1 / ZOOM_STEP),
      ArrowDown: () => this.zoom(ZOOM_STEP),
      Home: () => this.scrollBars(-1e6),
      End: () => this.follow(),
    }[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    event.preventDefault();
    if (event.ctrlKey) this.zoom(event.deltaY > 0 ? ZOOM_STEP : 1 / ZOOM_STEP);
    else this.scrollBars(((Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.deltaY) / 400) * 2);
  }

  /** @param {PointerEvent} event */
  drag(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, { x: event.clientX, drags: false });
  }

  /** One finger or the mouse drags; two fingers zoom. @param {PointerEvent} event */
  move(event) {
    const pointer = this.pointers.get(event.pointerId);
    if (pointer === undefined) return;
    const fromX = pointer.x;
    pointer.drags ||= Math.abs(event.clientX - fromX) > TAP_PX;
    if (!pointer.drags) return;
    const spreadPx = this.spreadPx;
    pointer.x = event.clientX;
    if (this.pointers.size === 1) this.scrollBars(((fromX - event.clientX) / this.widthPx) * this.barsInView);
    else if (spreadPx > 20 && this.spreadPx > 20) this.zoom(spreadPx / this.spreadPx);
  }

  get spreadPx() {
    const places = [...this.pointers.values()].map((pointer) => pointer.x);
    return Math.max(...places) - Math.min(...places);
  }

  // --- where things stand -----------------------------------------------------------------------------------------

  /** @param {number} tick @param {number} startTick */
  xOf(tick, startTick) {
    return ((tick - startTick) / this.ticksInView) * this.widthPx;
  }

  get rowPx() {
    return (this.heightPx - RULER_PX) / (this.highest - this.lowest + 1);
  }

  /** The rectangle of a note in CSS pixels of the canvas. @param {import("./take.js").Note} note */
  rectangleOf([tick, lengthTicks, pitch], startTick = this.startTick) {
    const x = this.xOf(tick, startTick);
    return {
      x,
      y: RULER_PX + (this.highest - pitch) * this.rowPx,
      width: Math.max(2, this.xOf(tick + lengthTicks, startTick) - x - 1),
      height: Math.max(2, this.rowPx - 1),
    };
  }

  /** The notes that may be in view. @param {number} startTick */
  notesInView(startTick) {
    const { notes } = this.take;
    const first = firstFrom(notes, this.take.tickOf(this.take.barAt(startTick) - LONGEST_NOTE_BARS));
    return notes
      .slice(first, firstFrom(notes, startTick + this.ticksInView))
      .filter((note) => note[0] + note[1] > startTick);
  }

  /** Move the span of pitches to hold all notes in view. @param {import("./take.js").Note[]} notes */
  fitPitches(notes) {
    if (notes.length === 0) return;
    const pitches = notes.map((note) => note[2]);
    let low = Math.min(...pitches) - 2;
    let high = Math.max(...pitches) + 2;
    const missing = FEWEST_PITCHES - (high - low + 1);
    if (missing > 0) {
      low -= missing >> 1;
      high += missing - (missing >> 1);
    }
    // Growing at once, shrinking only if there is much too much room: rows that jump cannot be followed by eye.
    if (low < this.lowest || low > this.lowest + 9) this.lowest = Math.max(0, low);
    if (high > this.highest || high < this.highest - 9) this.highest = Math.min(127, high);
  }

  // --- drawing ----------------------------------------------------------------------------------------------------

  draw() {
    const { context, colours, take, widthPx, heightPx } = this;
    if (!widthPx || !heightPx) return;
    const headTick = take.headTick ?? 0;
    const startTick = this.startTick;
    const notes = this.notesInView(startTick);
    const own = take.own.filter((note) => note[0] < startTick + this.ticksInView);
    this.fitPitches([...notes, ...own]);
    context.fillStyle = colours.back;
    context.fillRect(0, 0, widthPx, heightPx);
    this.drawRows();
    this.drawBars(startTick);
    for (const note of notes) {
      const state = note[0] > headTick ? "planned" : note[0] + note[1] > headTick ? "sounding" : "heard";
      // Of music that is split into parts, each has its colour.
      const colour = note[4] && state !== "sounding" ? colours[note[4]] : colours[state];
      this.drawNote(note, colour, startTick, note[4] && state === "planned" ? PLANNED_ALPHA : 1);
    }
    for (const [tick, length, pitch, velocity] of own) {
      this.drawNote([tick, length < 0 ? Math.max(1, headTick - tick) : length, pitch, velocity], colours.own, startTick);
    }
    const headX = this.xOf(headTick, startTick);
    context.fillStyle = colours.head;
    context.fillRect(headX - 1, 0, 2, heightPx);
  }

  drawRows() {
    const { context, colours } = this;
    for (let pitch = this.lowest; pitch <= this.highest; pitch++) {
      const y = RULER_PX + (this.highest - pitch) * this.rowPx;
      if (isBlack(pitch)) {
        context.fillStyle = colours.row;
        context.fillRect(0, y, this.widthPx, this.rowPx);
      }
      if (pitch % 12 === 0) {
        context.fillStyle = colours.ink;
        context.font = "11px system-ui, sans-serif";
        context.fillText(pitchName(pitch), 3, y + this.rowPx - 1);
      }
    }
  }

  /** @param {number} startTick */
  drawBars(startTick) {
    const { context, colours, take } = this;
    context.font = "12px system-ui, sans-serif";
    const labelEvery = Math.max(1, 2 ** Math.ceil(Math.log2((36 * this.barsInView) / this.widthPx)));
    for (let bar = Math.floor(take.barAt(startTick)); take.tickOf(bar) < startTick + this.ticksInView; bar++) {
      const tick = take.tickOf(bar);
      const x = Math.round(this.xOf(tick, startTick));
      context.fillStyle = colours.line;
      context.fillRect(x, 0, 1, this.heightPx);
      const section = take.sections.get(tick);
      const isLabelled = bar >= 1 && (bar - 1) % labelEvery === 0;
      if (isLabelled || (bar >= 1 && section)) {
        context.fillStyle = colours.ink;
        context.fillText(section ? `${bar} ${section}` : String(bar), x + 4, 15);
      }
      const harmony = isLabelled ? take.harmonyOf(bar - 1) : "";
      context.fillStyle = colours.own;
      if (harmony) context.fillText(harmony, x + 4, 31, (labelEvery * this.widthPx) / this.barsInView - 6);
      if (this.barsInView > 12) continue;
      context.fillStyle = colours.beat;
      const beats = take.meterAt(tick).meter[0];
      for (let beat = 1; beat < beats; beat++) {
        context.fillRect(Math.round(this.xOf(take.tickOf(bar + beat / beats), startTick)), RULER_PX, 1, this.heightPx);
      }
    }
  }

  /** @param {import("./take.js").Note} note @param {string} colour @param {number} startTick */
  drawNote(note, colour, startTick, alpha = 1) {
    const { x, y, width, height } = this.rectangleOf(note, startTick);
    this.context.globalAlpha = alpha * (0.55 + (0.45 * note[3]) / 127);
    this.context.fillStyle = colour;
    this.context.fillRect(x, y, width, height);
    this.context.globalAlpha = 1;
  }

  /** Tell a screen reader what the picture shows. */
  describe() {
    const headTick = this.take.headTick;
    if (headTick === null) return;
    const bar = Math.max(1, Math.floor(this.take.barAt(headTick)));
    const planned = this.take.notes.length - firstFrom(this.take.notes, headTick);
    this.canvas.setAttribute("aria-label", `Piano roll at bar ${bar}, ${planned} notes to come`);
  }
}

customElements.define("piano-roll", PianoRoll);
