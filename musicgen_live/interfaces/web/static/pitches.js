// Names of pitches: middle C, the MIDI note 60, is C4.
// @ts-check

const NAMES = ["C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B"];

/** @param {number} pitch the number of a MIDI note */
export const pitchName = (pitch) => `${NAMES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;

/** @param {number} pitch */
export const isBlack = (pitch) => NAMES[pitch % 12].length > 1;

/** The number of a pitch's name, such as C#4 or Bb3; NaN if it is none. @param {string} text */
export function pitchNumber(text) {
  const match = /^([A-G])([#b]*)(-?\d+)$/.exec(text);
  if (!match) return NaN;
  const sharps = [...match[2]].reduce((sum, sign) => sum + (sign === "#" ? 1 : -1), 0);
  return (Number(match[3]) + 1) * 12 + NAMES.indexOf(match[1]) + sharps;
}
