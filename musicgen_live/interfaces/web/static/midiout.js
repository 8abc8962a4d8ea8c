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
  /** @type {Map<string, Sending>} by tick and pitch */ notes = new Map();

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
      note.isSent = true;
      this.port.send([NOTE_ON | this.channel, pitch, velocity], dueMs);
      this.at(note, note.endMs, () => this.end(key, note, note.endMs));
    });
  }

  /** @param {Sending} note @param {number} dueMs @param {() => void} act */
  at(note, dueMs, act) {
    note.timer = setTimeout(act, dueMs - SENT_AHEAD_MS - performance.now());
  }

  /** @param {string} key @param {Sending} note @param {number} [atMs] */
  end(key, note, atMs) {
    clearTimeout(note.timer);
    this.notes.delete(key);
    if (note.isSent) this.port.send([NOTE_OFF | this.channel, note.pitch, 0], atMs);
  }

  /** Play a note as long as its key is down. @param {number} pitch @param {number} velocity */
  press(pitch, velocity) {
    this.port.send([NOTE_ON | this.channel, pitch, velocity]);
  }

  /** @param {number} pitch */
  lift(pitch) {
    this.port.send([NOTE_OFF | this.channel, pitch, 0]);
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
