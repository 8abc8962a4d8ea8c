// Plays notes to a MIDI port of this browser, a moment ahead, and takes back those that have not been sent.
// @ts-check

const NOTE_OFF = 0x80;
const NOTE_ON = 0x90;
const CONTROL_CHANGE = 0xb0;
const ALL_NOTES_OFF = 123;
// Sent so early, with the time at which they are due: timers of a page are late by some milliseconds.
const SENT_AHEAD_MS = 20;

/** @typedef {{ tick: number, pitch: number, isSent: boolean, endMs: number, timer: number }} Sending */

export class MidiOut {
  latencyS = 0;
  /** @type {Map<string, Sending>} by tick and pitch, or by the key that holds it */ notes = new Map();
  /** @type {Map<number, number>} the time of the latest message of each pitch */ latestMs = new Map();

  /** @param {MIDIOutput} port @param {number} channel 0 to 15 */
  constructor(port, channel = 0) {
    this.port = port;
    this.channel = channel;
  }

  /**
   * Play a note unless it is played already.
   * @param {number} tick @param {number} pitch @param {number} velocity
   * @param {number} inS the seconds from now until it is due @param {number} lengthS
   */
  play(tick, pitch, velocity, inS, lengthS) {
    const key = `${tick} ${pitch}`;
    if (this.notes.has(key)) return;
    const dueMs = performance.now() + Math.max(0, inS * 1000);
    const note = { tick, pitch, isSent: false, endMs: dueMs + lengthS * 1000, timer: 0 };
    this.notes.set(key, note);
    this.at(note, dueMs, () => {
      this.begin(key, note, velocity, dueMs);
      this.at(note, note.endMs, () => this.end(key, note, note.endMs));
    });
  }

  /** @param {Sending} note @param {number} dueMs @param {() => void} act */
  at(note, dueMs, act) {
    note.timer = setTimeout(act, dueMs - SENT_AHEAD_MS - performance.now());
  }

  /**
   * Send a note-on. What sounds at its pitch ends first: a later note-off would end the new note.
   * @param {string} key @param {Sending} note @param {number} velocity @param {number} atMs
   */
  begin(key, note, velocity, atMs) {
    for (const [other, each] of this.notes) {
      if (each.isSent && each.pitch === note.pitch) this.end(other, each, Math.min(each.endMs, atMs));
    }
    this.notes.set(key, note);
    note.isSent = true;
    this.send(NOTE_ON, note.pitch, velocity, atMs);
  }

  /** @param {string} key @param {Sending} note */
  end(key, note, atMs = performance.now()) {
    clearTimeout(note.timer);
    this.notes.delete(key);
    if (note.isSent) this.send(NOTE_OFF, note.pitch, 0, atMs);
  }

  /** Send a message, never before the latest of its pitch. @param {number} kind @param {number} pitch @param {number} velocity @param {number} atMs */
  send(kind, pitch, velocity, atMs) {
    const sentMs = Math.max(atMs, this.latestMs.get(pitch) ?? 0);
    this.latestMs.set(pitch, sentMs);
    this.port.send([kind | this.channel, pitch, velocity], sentMs);
  }

  /** Play a note as long as its key is down. @param {number} pitch @param {number} velocity */
  press(pitch, velocity) {
    const note = { tick: 0, pitch, isSent: false, endMs: Infinity, timer: 0 };
    this.begin(`key ${pitch}`, note, velocity, performance.now());
  }

  /** @param {number} pitch */
  lift(pitch) {
    const key = `key ${pitch}`;
    const note = this.notes.get(key);
    if (note) this.end(key, note);
  }

  /** Take back the notes that have not been sent. @param {(tick: number) => boolean} isCut */
  takeBack(isCut) {
    for (const [key, note] of this.notes) if (!note.isSent && isCut(note.tick)) this.end(key, note);
  }

  /** End every note. */
  release() {
    for (const [key, note] of this.notes) this.end(key, note, performance.now() + SENT_AHEAD_MS);
  }

  /** End every note, and what else may sound there. */
  close() {
    this.release();
    this.port.send([CONTROL_CHANGE | this.channel, ALL_NOTES_OFF, 0], performance.now() + SENT_AHEAD_MS);
  }
}
