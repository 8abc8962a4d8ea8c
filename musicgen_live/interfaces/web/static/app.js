// Joins the parts of the page: what arrives goes to the state of the take, and from there to every part.
// @ts-check

import { ServerClock } from "./clock.js";
import { Connection } from "./connection.js";
import { Take } from "./take.js";
import "./actions.js";
import "./cards.js";
import "./files.js";
import "./kept.js";
import "./keyboard.js";
import "./log.js";
import "./parameters.js";
import "./ports.js";
import "./roll.js";
import "./scenes.js";
import "./sound.js";
import "./train.js";
import "./transport.js";

const clock = new ServerClock();
const take = new Take(clock);
const status = /** @type {HTMLElement} */ (document.getElementById("connection"));
const connection = new Connection({
  receive: (event) => (event.event === "pong" ? clock.receive(event) : take.handle(event)),
  say: (text) => {
    status.textContent = text;
    document.body.classList.toggle("offline", text !== "");
  },
  ping: () => clock.ping(),
});

for (const name of [
  "piano-roll", "take-transport", "take-actions", "take-scenes", "take-cards", "take-parameters", "take-kept", "take-log",
  "take-sound", "take-ports", "page-keyboard", "take-files", "take-train",
]) {
  const part = /** @type {import("./take.js").Part} */ (document.querySelector(name));
  part.show(take, (message) => connection.send(message));
}
connection.open();
