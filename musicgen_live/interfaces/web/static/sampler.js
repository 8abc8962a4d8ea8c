// Plays notes from the samples of an instrument that ships: the nearest sample, moved to its pitch, of one or two layers.
// @ts-check

const CANCEL_S = 0.005;
// As sample_tables.py: the exponent by which the level follows the velocity beyond the softest and the loudest sample.
const SOFTER = 1.5;
// A release is the time in which a note falls by 60 dB.
const TIME_CONSTANTS = Math.log(1000);

/** @typedef {{ pitch: number, velocity: number, start_frame: number, frames: number,
 *   loop_start_frame: number | null, gain: number }} Sample */
/** @typedef {{ tick: number, startS: number, level: GainNode, sources: AudioBufferSourceNode[], releaseS: number }} Voice */

export class Sampler {
  /** Load an instrument by its name. @param {string} name */
  static async load(name) {
    const [description, bytes] = await Promise.all([
      fetch(`/sound/${name}.json`).then((answer) => checked(answer).json()),
      fetch(`/sound/${name}.ogg`).then((answer) => checked(answer).arrayBuffer()),
    ]);
    // At the rate of the samples, so that a frame of the file is a frame of what was decoded.
    const context = new AudioContext({ sampleRate: description.sample_rate_hz, latencyHint: "interactive" });
    return new Sampler(context, description, await context.decodeAudioData(bytes));
  }

  /** @param {AudioContext} context @param {any} description @param {AudioBuffer} buffer */
  constructor(context, description, buffer) {
    this.context = context;
    this.buffer = buffer;
    /** @type {Sample[]} */
    this.samples = description.samples;
    this.undampedFromPitch = description.undamped_from_pitch;
    /** @type {[number, number][]} */
    this.releases = Object.entries(description.release_s).map(([pitch, seconds]) => [Number(pitch), Number(seconds)]);
    this.releases.sort((one, other) => other[0] - one[0]);
    this.volume = new GainNode(context);
    const limiter = new DynamicsCompressorNode(context, { threshold: -6, knee: 6, ratio: 12, attack: 0.002 });
    this.volume.connect(limiter).connect(context.destination);
    /** @type {Map<string, Voice>} by tick and pitch */
    this.voices = new Map();
  }

  /** The seconds from the context to the ear, as far as the browser knows. */
  get latencyS() {
    return this.context.outputLatency || this.context.baseLatency || 0;
  }

  resume() {
    return this.context.resume();
  }

  close() {
    return this.context.close();
  }

  /** @param {number} decibels */
  setVolume(decibels) {
    this.volume.gain.setTargetAtTime(10 ** (decibels / 20), this.context.currentTime, 0.02);
  }

  /**
   * Play a note unless it is played already.
   * @param {number} tick @param {number} pitch @param {number} velocity
   * @param {number} inS the seconds from now until it is to be heard @param {number} lengthS Infinity until `lift`
   */
  play(tick, pitch, velocity, inS, lengthS, key = `${tick} ${pitch}`) {
    if (this.voices.has(key)) return;
    const { context } = this;
    const startS = Math.max(context.currentTime, context.currentTime + inS - this.latencyS);
    const releaseS = this.releaseS(pitch);
    const level = new GainNode(context);
    level.connect(this.volume);
    const sources = this.layers(pitch, velocity).map(([sample, gain]) => this.start(sample, pitch, gain, startS, level));
    /** @type {Voice} */
    const voice = { tick, startS, level, sources, releaseS };
    this.voices.set(key, voice);
    if (Number.isFinite(releaseS + lengthS)) this.fade(voice, startS + lengthS, releaseS);
    sources[0].addEventListener("ended", () => {
      level.disconnect();
      for (const [name, each] of this.voices) if (each === voice) this.voices.delete(name);
    });
  }

  /** Play a note as long as its key is down. @param {number} pitch @param {number} velocity */
  press(pitch, velocity) {
    this.lift(pitch);
    this.play(0, pitch, velocity, this.latencyS, Infinity, `key ${pitch}`);
  }

  /** Let the note of a key fade. @param {number} pitch */
  lift(pitch) {
    const key = `key ${pitch}`;
    const voice = this.voices.get(key);
    if (!voice) return;
    // The key may be pressed again while this note fades.
    this.voices.delete(key);
    this.voices.set(`${key} until ${this.context.currentTime}`, voice);
    if (Number.isFinite(voice.releaseS)) this.fade(voice, this.context.currentTime, voice.releaseS);
  }

  /** @param {Sample} sample @param {number} pitch @param {number} gain @param {number} startS @param {AudioNode} out */
  start(sample, pitch, gain, startS, out) {
    const { buffer } = this;
    const rate = buffer.sampleRate;
    const source = new AudioBufferSourceNode(this.context, { buffer, playbackRate: 2 ** ((pitch - sample.pitch) / 12) });
    source.connect(new GainNode(this.context, { gain })).connect(out);
    const endS = (sample.start_frame + sample.frames) / rate;
    if (sample.loop_start_frame === null) {
      source.start(startS, sample.start_frame / rate, sample.frames / rate);
    } else {
      source.loop = true;
      source.loopStart = sample.loop_start_frame / rate;
      source.loopEnd = endS;
      source.start(startS, sample.start_frame / rate);
    }
    return source;
  }

  /** The samples of a note, with their gains: one, or the two between whose velocities it lies.
   * @param {number} pitch @param {number} velocity @returns {[Sample, number][]} */
  layers(pitch, velocity) {
    const nearest = Math.min(...this.samples.map((sample) => Math.abs(sample.pitch - pitch)));
    const layers = this.samples.filter((sample) => Math.abs(sample.pitch - pitch) === nearest);
    const chosen = layers.filter((sample) => sample.pitch === layers[0].pitch);
    const below = chosen.findLast((sample) => sample.velocity <= velocity);
    const above = chosen.find((sample) => sample.velocity > velocity);
    if (!below) return [[chosen[0], chosen[0].gain * (velocity / chosen[0].velocity) ** SOFTER]];
    if (!above) return [[below, below.gain * (velocity / below.velocity) ** SOFTER]];
    const share = Math.log(velocity / below.velocity) / Math.log(above.velocity / below.velocity);
    const gain = below.gain * (above.gain / below.gain) ** share;
    return [
      [below, gain * (1 - share)],
      [above, gain * share],
    ];
  }

  /** @param {number} pitch */
  releaseS(pitch) {
    if (pitch >= this.undampedFromPitch) return Infinity;
    return this.releases.find(([lowest]) => pitch >= lowest)?.[1] ?? 0.2;
  }

  /** @param {Voice} voice @param {number} fromS @param {number} overS */
  fade(voice, fromS, overS) {
    voice.level.gain.setTargetAtTime(0, fromS, overS / TIME_CONSTANTS);
    for (const source of voice.sources) source.stop(fromS + overS);
  }

  /** Take back the notes that have not begun. @param {(tick: number) => boolean} isCut */
  takeBack(isCut) {
    for (const [key, voice] of this.voices) {
      if (voice.startS > this.context.currentTime && isCut(voice.tick)) {
        voice.sources.forEach((source) => source.stop());
        voice.level.disconnect();
        this.voices.delete(key);
      }
    }
  }

  /** End every note now, with a short fade. */
  release() {
    this.takeBack(() => true);
    const nowS = this.context.currentTime;
    for (const voice of this.voices.values()) {
      voice.level.gain.cancelScheduledValues(nowS);
      this.fade(voice, nowS, Math.max(CANCEL_S, Math.min(voice.releaseS, 0.3)));
    }
  }
}

/** @param {Response} answer */
function checked(answer) {
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
  return answer;
}
