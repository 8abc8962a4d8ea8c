// Agrees with the server on the time: of the last ten round trips the shortest is the one to trust.
// @ts-check

const TRIPS = 10;

export class ServerClock {
  constructor(ownNowS = () => performance.now() / 1000) {
    this.ownNowS = ownNowS;
    /** @type {{ tripS: number, offsetS: number }[]} */
    this.trips = [];
  }

  /** True once the time is known. */
  get isSet() {
    return this.trips.length > 0;
  }

  /** A message that asks for the time. */
  ping() {
    return { ping: this.ownNowS() };
  }

  /** @param {{ ping: number, now_s: number }} pong */
  receive(pong) {
    const tripS = this.ownNowS() - pong.ping;
    this.trips.push({ tripS, offsetS: pong.now_s - (pong.ping + tripS / 2) });
    if (this.trips.length > TRIPS) this.trips.shift();
  }

  /** Seconds to add to the time of this page. */
  get offsetS() {
    return this.trips.reduce((best, trip) => (trip.tripS < best.tripS ? trip : best)).offsetS;
  }

  /** The time of the server in seconds, which dates its events. */
  nowS() {
    return this.ownNowS() + this.offsetS;
  }
}
