// The log of what the program has said, the latest first.
// @ts-check

export class TakeLog extends HTMLElement {
  /** @param {import("./take.js").Take} take */
  show(take) {
    const list = document.createElement("ol");
    list.setAttribute("role", "log");
    list.setAttribute("aria-live", "polite");
    list.setAttribute("aria-label", "Messages");
    list.tabIndex = 0;
    this.append(list);
    let shown = take.lines;
    take.addEventListener("news", () => {
      if (take.lines === shown) return;
      shown = take.lines;
      list.replaceChildren(
        ...shown.toReversed().map((text) => {
          const item = document.createElement("li");
          item.textContent = text;
          return item;
        }),
      );
    });
  }
}

customElements.define("take-log", TakeLog);
