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
    const { take } = this;
    const tick = take.headTick;
    const position = take.clock.isSet ? take.positionAt(take.clock.nowS()) : undefined;
    if (tick === null || position === undefined) {
      write(this.place, "–");
      return;
    }
    const beat = Math.floor(Math.max(0, tick) / (take.barTicks / take.meter[0]));
    const bar = Math.floor(beat / take.meter[0]) + 1;
    write(this.place, tick < 0 ? "counting in" : `${bar}.${(beat % take.meter[0]) + 1}`);
    write(this.tempo, `${Number(position.tempo.toPrecision(4))} BPM, ${take.meter.join("/")}`);
    const follows = take.sync === "clock" ? "MIDI clock" : take.sync === "link" ? "Ableton Link" : "own time";
    write(this.state, take.hasEnded ? "over" : position.runs ? follows : `${follows}, stopped`);
    const late = take.lateMedianMs;
    const lateness = late !== null && late >= LATE_MS ? `, ${late.toFixed(1)} ms late` : "";
    const dropped = take.dropped ? `, ${take.dropped} left out` : "";
    write(this.notes, `${take.sent} notes${lateness}${dropped}`);
    write(this.turn, { network: "the network plays", you: "your turn", "": "" }[take.turn]);
    const inputs = take.inputs.length ? `from ${take.inputs.join(", ")}` : "";
    write(this.inputs, [take.sound ? `sounds on ${take.sound}` : "", inputs].filter(Boolean).join(" · "));
  }
}

/** Change a text only if it is another one. @param {HTMLElement} part @param {string} text */
function write(part, text) {
  if (part.textContent !== text) part.textContent = text;
}

customElements.define("take-transport", TakeTransport);
