// The WebSocket of the page: sends the token first, hands out events, and connects again when the connection is lost.
// @ts-check

const AGAIN_MS = 1000;
const FIRST_PINGS = 10;
const FIRST_PING_MS = 100;
const PING_MS = 2000;

// The codes with which the server closes, as in app.py.
const WORDS = new Map([
  [4000, "The take is over."],
  [4401, "This address is not the one of the take that plays now. Open the page that musicgen-live has printed."],
  [4429, "Too many pages are open. Close one, and reload this one."],
]);

/** @typedef {{ token: string } | { ping: number } | { change: string, value?: import("../messages.js").Value } |
 *   { file: string } | { midi: string, at_s: number } | { ports: true } | { cards: true } | { port: string | null, output: number } |
 *   { quit: true }} Request what the page may send, as requests.py reads it */
/** @typedef {(request: Request) => void} Send */

export class Connection {
  /**
   * @param {object} parts
   * @param {(message: import("../messages.js").Message) => void} parts.receive gets each message
   * @param {(text: string) => void} parts.say shows the state of the connection; empty while there is one
   * @param {() => Request} parts.ping makes a message that asks for the time
   */
  constructor({ receive, say, ping }) {
    this.receive = receive;
    this.say = say;
    this.ping = ping;
    /** @type {WebSocket | null} */
    this.socket = null;
    this.timer = 0;
    // A new token in the address, after a new start of the program.
    addEventListener("hashchange", () => location.reload());
    // A browser may keep a page that is left, with its socket: keys that are down there would sound on.
    addEventListener("pagehide", () => this.socket?.close());
  }

  open() {
    const socket = new WebSocket(`ws://${location.host}/socket`);
    this.socket = socket;
    socket.addEventListener("open", () => {
      this.send({ token: location.hash.slice(1) });
      this.say("");
      this.sendPings(FIRST_PINGS);
    });
    socket.addEventListener("message", (message) => {
      for (const each of JSON.parse(message.data)) this.receive(each);
    });
    socket.addEventListener("close", (event) => {
      clearTimeout(this.timer);
      const words = WORDS.get(event.code);
      this.say(words ?? "The connection is lost; trying again. The music goes on.");
      if (words === undefined) setTimeout(() => this.open(), AGAIN_MS);
    });
  }

  /** @param {number} left the pings that follow one another fast */
  sendPings(left) {
    this.send(this.ping());
    this.timer = setTimeout(() => this.sendPings(Math.max(0, left - 1)), left > 1 ? FIRST_PING_MS : PING_MS);
  }

  /** @param {Request} message dropped while there is no connection, as the page says then */
  send(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }
}
