// The files of kept bars: links to download, or to drag into a DAW.
// @ts-check

import { makeFileLink, setFile } from "./elements.js";

export class TakeKept extends HTMLElement {
  /** @param {import("./take.js").Take} take @param {import("./connection.js").Send} send */
  show(take, send) {
    const list = document.createElement("ul");
    list.setAttribute("aria-label", "Kept bars");
    this.append(list);
    const words = document.createElement("p");
    words.textContent = "Press keep, and the last bars become a file here, to download or to drag into a DAW.";
    this.append(words);
    take.on("hello", () => {
      list.replaceChildren();
      for (const name of take.kept) send({ file: name });
    });
    take.on("kept", () => send({ file: take.kept[take.kept.length - 1] }));
    take.on("file", ({ name, data }) => {
      const link = makeFileLink(name);
      setFile(link, name, data);
      const item = document.createElement("li");
      item.append(link);
      list.prepend(item);
    });
  }
}

customElements.define("take-kept", TakeKept);
