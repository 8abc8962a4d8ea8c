// The state of a take, made from its events. Notes are [tick, length, pitch, velocity], times in ticks; bars count from 1.
// @ts-check

export const PPQ = 480;
const MOST_LINES = 200;
const LATENESS_NOTES = 100;
const MOST_NOTES = 60_000;

/** @typedef {[number, number, number, number]} Note */
/** @typedef {{ tick: number, at_s: number, tempo: number, runs: boolean }} Position */
/** @typedef {number | string | boolean | null} Value */
/** @typedef {{ name: string, kind: string, help: string, applies: string, minimum: number, maximum: number,
 *   sweep: [number, number], step: number, unit: string, choices: string[], optional: boolean, off: string,
 *   zero: string }} Parameter */
/** @typedef {HTMLElement & { show: (take: Take, send: (message: object) => void) => void }} Part */

export class Take extends EventTarget {
  /** @param {import("./clock.js").ServerClock} clock */
  constructor(clock) {
    super();
    this.clock = clock;
    this.forget();
  }

  /** Be as before the first event: a page that connects again is sent everything again. */
  forget() {
    /** @type {Parameter[]} */
    this.parameters = [];
    /** @type {string[]} */
    this.instruments = [];
    /** @type {string[]} */
    this.outputs = [];
    /** @type {string[]} */
    this.inputs = [];
    /** @type {[number, number]} */
    this.meter = [4, 4];
    this.sync = "internal";
    /** @type {Map<string, Value>} */
    this.values = new Map();
    /** @type {Map<string, { value: Value, bar: number }>} */
    this.pending = new Map();
    /** @type {Position[]} */
    this.positions = [];
    /** @type {Note[]} sorted by tick */
    this.notes = [];
    this.plannedUntilTick = 0;
    /** @type {Map<number, string>} letters of the sections by tick */
    this.sections = new Map();
    /** @type {Note[]} what a musician plays; a note that is held has the length -1 */
    this.own = [];
    /** @type {string[]} */
    this.lines = [];
    /** @type {number[]} */
    this.lateMs = [];
    this.sent = 0;
    this.dropped = 0;
    this.hasEnded = false;
    /** @type {string[]} names of the files of kept bars */
    this.kept = [];
  }

  /** @param {any} event */
  handle(event) {
    switch (event.event) {
      case "hello":
        this.forget();
        this.parameters = event.parameters;
        this.instruments = event.instruments;
        this.sent = event.notes;
        this.dropped = event.dropped;
        this.kept = event.kept;
        break;
      case "opened":
        this.outputs = event.outputs;
        this.inputs = event.inputs;
        this.meter = event.meter;
        this.sync = event.sync;
        this.values = new Map(Object.entries(event.values));
        break;
      case "place":
        // It replaces those for the same time or later.
        this.positions = [...this.positions.filter((each) => each.at_s < event.at_s).slice(-7), event];
        break;
      case "planned":
        this.plan(event);
        break;
      case "played":
        this.play(event);
        break;
      case "struck":
        this.sent += event.late_ms.length;
        this.dropped += event.dropped;
        this.lateMs = [...this.lateMs, ...event.late_ms].slice(-LATENESS_NOTES);
        break;
      case "asked":
        this.pending.set(event.name, event);
        break;
      case "changed":
        this.values.set(event.name, event.value);
        // A newer request for a later bar is still pending.
        if ((this.pending.get(event.name)?.bar ?? Infinity) <= event.bar) this.pending.delete(event.name);
        break;
      case "refused":
        this.pending.delete(event.name);
        this.say(event.reason);
        break;
      case "said":
        this.say(event.text);
        break;
      case "kept":
        this.say(`Kept bars ${event.first_bar} to ${event.first_bar + event.bars - 1}: ${event.path}`);
        this.kept = [...this.kept, event.path.split(/[\\/]/).at(-1)];
        break;
      case "ended":
        this.hasEnded = true;
        this.say("The take is over.");
        break;
    }
    this.dispatchEvent(new CustomEvent(event.event, { detail: event }));
    this.dispatchEvent(new CustomEvent("news", { detail: event }));
  }

  /** @param {{ tick: number, until_tick: number, notes: Note[], sections?: [number, string][] }} event */
  plan(event) {
    this.notes.length = firstFrom(this.notes, event.tick);
    this.notes.push(...event.notes.toSorted((one, other) => one[0] - other[0]));
    if (this.notes.length > MOST_NOTES) this.notes.splice(0, this.notes.length - MOST_NOTES);
    this.plannedUntilTick = event.until_tick;
    for (const tick of [...this.sections.keys()]) if (tick >= event.tick) this.sections.delete(tick);
    for (const [tick, name] of event.sections ?? []) this.sections.set(tick, name);
  }

  /** @param {{ tick: number, pitch: number, velocity: number }} event */
  play(event) {
    const held = this.own.find((note) => note[2] === event.pitch && note[1] < 0);
    if (held) held[1] = Math.max(1, event.tick - held[0]);
    if (event.velocity > 0) this.own.push([event.tick, -1, event.pitch, event.velocity]);
  }

  /** @param {string} text */
  say(text) {
    if (this.lines.at(-1) !== text) this.lines = [...this.lines, text].slice(-MOST_LINES);
  }

  /** The position that holds at a moment; a change of tempo is told before it comes. @param {number} atS */
  positionAt(atS) {
    return this.positions.findLast((each) => each.at_s <= atS) ?? this.positions[0];
  }

  /** The tick of the playhead now, with fractions; null while it is not known. */
  get headTick() {
    if (!this.clock.isSet || this.positions.length === 0) return null;
    const nowS = this.clock.nowS();
    const position = this.positionAt(nowS);
    return position.runs ? position.tick + ((nowS - position.at_s) * position.tempo * PPQ) / 60 : position.tick;
  }

  /** The moment, in the server's time, at which a tick is due; null while the music stands still. @param {number} tick */
  dueS(tick) {
    if (!this.clock.isSet || this.positions.length === 0) return null;
    const position = this.positionAt(this.clock.nowS());
    return position.runs ? position.at_s + ((tick - position.tick) * 60) / (position.tempo * PPQ) : null;
  }

  get barTicks() {
    return (this.meter[0] * 4 * PPQ) / this.meter[1];
  }

  /** The median lateness of the last notes in milliseconds; null before the first. */
  get lateMedianMs() {
    const sorted = this.lateMs.toSorted((one, other) => one - other);
    return sorted.length ? sorted[sorted.length >> 1] : null;
  }
}

/** The index of the first of sorted notes that begins at a tick or later. @param {Note[]} notes @param {number} tick */
export function firstFrom(notes, tick) {
  let low = 0;
  let high = notes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (notes[middle][0] < tick) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A value as a person reads it, which the server accepts. @param {Parameter} parameter @param {Value} value */
export function formatValue(parameter, value) {
  if (parameter.kind === "switch") return value ? "on" : "off";
  if (value === null || value === undefined) return parameter.off;
  if (typeof value !== "number") return String(value);
  if (value === 0 && parameter.zero) return parameter.zero;
  const text = String(Number(value.toPrecision(6)));
  return parameter.minimum < 0 && value > 0 ? `+${text}` : text;
}
