// The files of kept bars: links to download, or to drag into a DAW.
// @ts-check

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
      const link = document.createElement("a");
      link.href = `data:audio/midi;base64,${data}`;
      link.download = name;
      link.textContent = name;
      link.addEventListener("dragstart", (drag) => {
        // Chromium and its relatives make a file of this where it is dropped.
        drag.dataTransfer?.setData("DownloadURL", `audio/midi:${name}:${link.href}`);
      });
      const item = document.createElement("li");
      item.append(link);
      list.prepend(item);
    });
  }
}

customElements.define("take-kept", TakeKept);
