// The keys, pedals and wheels that a MIDI keyboard has left down or turned, as hanging_notes.py counts them.
// @ts-check

const NOTE_OFF = 0x80;
const NOTE_ON = 0x90;
const CONTROL_CHANGE = 0xb0;
const CHANNEL_PRESSURE = 0xd0;
const PITCH_BEND = 0xe0;
const PEDALS_AND_MODULATION = [64, 66, 69, 1];

export class HangingNotes {
  /** @type {Map<string, number[]>} */ releases = new Map();

  /** Take a message into account. @param {Iterable<number>} bytes */
  update(bytes) {
    const message = [...bytes];
    const release = releaseOf(message);
    if (release === null) return;
    const isOff = (message[0] & 0xf0) === NOTE_OFF || message.slice(1).join() === release.slice(1).join();
    if (isOff) this.releases.delete(release.join());
    else this.releases.set(release.join(), release);
  }

  /** Return the messages that let everything go; then nothing is held. */
  take() {
    const messages = [...this.releases.values()];
    this.releases.clear();
    return messages;
  }
}

/** The message that ends what a message begins; null if it begins nothing. @param {number[]} message */
function releaseOf([status, data]) {
  const channel = status & 0x0f;
  switch (status & 0xf0) {
    case NOTE_ON:
    case NOTE_OFF:
      return [NOTE_OFF | channel, data, 0];
    case CONTROL_CHANGE:
      return PEDALS_AND_MODULATION.includes(data) ? [status, data, 0] : null;
    case CHANNEL_PRESSURE:
      return [status, 0];
    case PITCH_BEND:
      return [status, 0, 64];
    default:
      return null;
  }
}
