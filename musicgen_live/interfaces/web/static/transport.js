// The line of the transport: where the music is, its tempo, whom it follows, whose turn it is, and how many notes were sent.
// @ts-check

const LATE_MS = 2;

export class TakeTransport extends HTMLElement {
  /** @type {import("./take.js").Take} */ take;
  place = this.makePart("place", "Bar and beat");
  tempo = this.makePart("tempo", "Tempo");
  state = this.makePart("state", "Sync");
  notes = this.makePart("notes", "Notes");
  turn = this.makePart("turn", "Turn");
  inputs = this.makePart("inputs", "Inputs and sound");

  /** @param {import("./take.js").Take} take */
  show(take) {
    this.take = take;
    this.append(this.place, this.tempo, this.state, this.turn, this.notes, this.inputs);
    const frame = () => {
      this.update();
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  /** @param {string} name @param {string} label */
  makePart(name, label) {
    const part = document.createElement("span");
    part.className = `transport-${name}`;
    part.title = label;
    return part;
  }

  update() {
    const words = transportWords(this.take);
    for (const name of /** @type {const} */ (["place", "tempo", "state", "notes", "turn", "inputs"])) {
      write(this[name], words[name]);
    }
  }
}

/** The words of each part of the transport. @param {import("./take.js").Take} take */
export function transportWords(take) {
  const tick = take.headTick;
  const position = tick === null ? undefined : take.positionAt(take.clock.nowS());
  const follows = take.sync === "clock" ? "MIDI clock" : take.sync === "link" ? "Ableton Link" : "own time";
  const inputs = take.inputs.length ? `from ${take.inputs.join(", ")}` : "";
  return {
    place: tick === null ? placeBefore(take) : placeOf(take, tick),
    tempo: position ? `${Number(position.tempo.toPrecision(4))} BPM, ${take.meterAt(tick ?? 0).meter.join("/")}` : "",
    state: take.hasEnded ? "over" : !position ? "" : position.runs ? follows : `${follows}, stopped`,
    notes: position ? notesOf(take) : "",
    turn: take.hasEnded ? "" : { network: "the network plays", you: "your turn", "": "" }[take.turn],
    inputs: [take.sound ? `sounds on ${take.sound}` : "", inputs].filter(Boolean).join(" · "),
  };
}

/** What there is to wait for before the music begins. @param {import("./take.js").Take} take */
function placeBefore(take) {
  if (take.hasEnded || take.positions.length) return "–";
  // Until ports are open and the first bars are ready; then until somebody plays, or another program starts.
  return take.values.size ? "waiting for the start" : "getting ready";
}

/** @param {import("./take.js").Take} take @param {number} tick */
function placeOf(take, tick) {
  if (tick < 0) return "counting in";
  const bar = Math.floor(take.barAt(tick));
  const beatTicks = take.barTicks(tick) / take.meterAt(tick).meter[0];
  return `${bar}.${Math.floor((tick - take.tickOf(bar)) / beatTicks) + 1}`;
}

/** @param {import("./take.js").Take} take */
function notesOf(take) {
  const late = take.lateMedianMs;
  const lateness = late !== null && late >= LATE_MS ? `, ${late.toFixed(1)} ms late` : "";
  const dropped = take.dropped ? `, ${take.dropped} left out` : "";
  return `${take.sent} ${take.sent === 1 ? "note" : "notes"}${lateness}${dropped}`;
}

/** Change a text only if it is another one. @param {HTMLElement} part @param {string} text */
function write(part, text) {
  if (part.textContent !== text) part.textContent = text;
}

customElements.define("take-transport", TakeTransport);
