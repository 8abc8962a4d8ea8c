// The state of a take, made from its events. Notes are [tick, length, pitch, velocity], times in ticks; bars count from 1.
// @ts-check

export const PPQ = 480;
const MOST_LINES = 200;
const LATENESS_NOTES = 100;
const MOST_NOTES = 60_000;
const MOST_TURNS = 4;
// As in player/config.py.
const PAGE_KEYBOARD = "the keyboard of the page";

/** @typedef {import("../messages.js").Note} Note */
/** @typedef {import("../messages.js").Value} Value */
/** @typedef {import("../messages.js").Position} Position */
/** @typedef {import("../messages.js").TurnBegan} TurnBegan */
/** @typedef {import("../messages.js").ParameterRow} Parameter */
/** @typedef {import("../messages.js").Message} Message */
/** @typedef {import("./connection.js").Send} Send */
/** @typedef {{ tick: number, bar: number, meter: [number, number] }} Meter A time signature and where it begins */
/** @typedef {HTMLElement & { show: (take: Take, send: Send) => void }} Part */

export class Take extends EventTarget {
  /** @type {Parameter[]} */ parameters;
  /** @type {string[]} */ instruments;
  /** @type {string[]} */ outputs;
  /** @type {string | null} the sound device, the last of the outputs */ sound;
  /** @type {string[]} */ inputs;
  /** @type {Meter[]} the time signatures by rising ticks, the last of which may be still to come */ meters;
  /** @type {string} */ sync;
  /** @type {Map<string, Value>} */ values;
  /** @type {Map<string, { value: Value, bar: number }>} */ pending;
  /** @type {Position[]} */ positions;
  /** @type {Note[]} sorted by tick */ notes;
  /** @type {number} */ plannedUntilTick;
  /** @type {Map<number, string>} letters of the sections by tick */ sections;
  /** @type {Note[]} what a musician plays; a note that is held has the length -1 */ own;
  /** @type {TurnBegan[]} the latest, of which the last may be still to come */ turns;
  /** @type {string[]} */ lines;
  /** @type {number[]} */ lateMs;
  /** @type {number} */ sent;
  /** @type {number} */ dropped;
  /** @type {boolean} */ hasEnded;
  /** @type {string[]} names of the files of kept bars */ kept;

  /** @param {import("./clock.js").ServerClock} clock */
  constructor(clock) {
    super();
    this.clock = clock;
    this.forget();
  }

  /** Be as before the first event: a page that connects again is sent everything again. */
  forget() {
    this.parameters = [];
    this.instruments = [];
    this.outputs = [];
    this.sound = null;
    this.inputs = [];
    this.meters = [{ tick: 0, bar: 1, meter: [4, 4] }];
    this.sync = "internal";
    this.values = new Map();
    this.pending = new Map();
    this.positions = [];
    this.notes = [];
    this.plannedUntilTick = 0;
    this.sections = new Map();
    this.own = [];
    this.turns = [];
    this.lines = [];
    this.lateMs = [];
    this.sent = 0;
    this.dropped = 0;
    this.hasEnded = false;
    this.kept = [];
  }

  /**
   * Act on each message of a kind, once it is part of the state.
   * @template {Message["event"]} Name
   * @param {Name} name
   * @param {(message: Extract<Message, { event: Name }>) => void} act
   */
  on(name, act) {
    this.addEventListener(name, (event) => act(/** @type {CustomEvent} */ (event).detail));
  }

  /** @param {Message} event */
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
        this.sound = event.sound;
        this.inputs = event.inputs;
        this.meters = [{ tick: 0, bar: 1, meter: event.meter }];
        this.sync = event.sync;
        this.values = new Map(Object.entries(event.values));
        break;
      case "outputs-changed":
        this.outputs = event.outputs;
        break;
      case "meter-changed":
        // It replaces those that begin there or later.
        this.meters = [...this.meters.filter((each) => each.tick < event.tick), event];
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
      case "turn-began":
        // It replaces those that begin there or later.
        this.turns = [...this.turns.filter((each) => each.tick < event.tick).slice(1 - MOST_TURNS), event];
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
        this.kept.push(event.path.replace(/^.*[\\/]/, ""));
        break;
      case "ended":
        this.hasEnded = true;
        this.stand();
        this.say("The take is over.");
        break;
    }
    this.dispatchEvent(new CustomEvent(event.event, { detail: event }));
    this.dispatchEvent(new CustomEvent("news", { detail: event }));
  }

  /** @param {import("../messages.js").Planned} event */
  plan(event) {
    this.notes.length = firstFrom(this.notes, event.tick);
    this.notes.push(...event.notes.toSorted((one, other) => one[0] - other[0]));
    if (this.notes.length > MOST_NOTES) this.notes.splice(0, this.notes.length - MOST_NOTES);
    this.plannedUntilTick = event.until_tick;
    for (const tick of [...this.sections.keys()]) if (tick >= event.tick) this.sections.delete(tick);
    for (const [tick, name] of event.sections) this.sections.set(tick, name);
  }

  /** @param {import("../messages.js").Played} event */
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

  /** Let the playhead stand where it is. */
  stand() {
    const tick = this.headTick;
    if (tick === null) return;
    const atS = this.clock.nowS();
    this.positions = [{ ...this.positionAt(atS), tick, at_s: atS, runs: false }];
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

  /** True if musicians can play on the page. */
  get isPlayedOnPage() {
    return this.inputs.includes(PAGE_KEYBOARD);
  }

  /** The names of the output ports, with their channels. */
  get ports() {
    return this.sound === null ? this.outputs : this.outputs.slice(0, -1);
  }

  /** Whose turn it is beside a musician; empty if nobody takes turns. @returns {TurnBegan["whose"] | ""} */
  get turn() {
    const headTick = this.headTick;
    if (headTick === null || this.values.get("respond") === "follow") return "";
    return this.turns.findLast((each) => each.tick <= headTick)?.whose ?? "";
  }

  /** The chord that a bar prefers, else the key of the music; empty without both. @param {number} bar from 0 */
  harmonyOf(bar) {
    const chords = this.values.get("chords");
    if (typeof chords !== "string") return String(this.values.get("key") ?? "");
    const bars = barsOf(chords);
    return bars[bar % bars.length];
  }

  /** The time signature of a tick, and where it began. @param {number} tick */
  meterAt(tick) {
    return this.meters.findLast((each) => each.tick <= tick) ?? this.meters[0];
  }

  /** The length of a bar at a tick; where the music is, if none is given. @param {number} tick */
  barTicks(tick = this.headTick ?? 0) {
    const [beats, unit] = this.meterAt(tick).meter;
    return (beats * 4 * PPQ) / unit;
  }

  /** The bar of a tick, with the part of it that has passed; 1 is where the music begins. @param {number} tick */
  barAt(tick) {
    const meter = this.meterAt(tick);
    return meter.bar + (tick - meter.tick) / this.barTicks(tick);
  }

  /** The tick at which a bar begins. @param {number} bar */
  tickOf(bar) {
    const meter = this.meters.findLast((each) => each.bar <= bar) ?? this.meters[0];
    return meter.tick + (bar - meter.bar) * this.barTicks(meter.tick);
  }

  /** The median lateness of the last notes in milliseconds; null before the first. */
  get lateMedianMs() {
    const sorted = this.lateMs.toSorted((one, other) => one - other);
    return sorted.length ? sorted[sorted.length >> 1] : null;
  }
}

/** The chords of each bar of a progression, as `parse_chords` in music/chord_symbols.py reads it. @param {string} chords */
function barsOf(chords) {
  /** @type {string[]} */
  const bars = [];
  for (const bar of chords.trim().replace(/^\|/, "").replace(/\|$/, "").split("|")) {
    const symbols = bar.trim();
    bars.push(symbols === "%" && bars.length ? bars[bars.length - 1] : symbols);
  }
  return bars;
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
