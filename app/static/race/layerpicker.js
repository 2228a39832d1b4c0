// The list in which one hidden layer, or all, is chosen for the histograms.

import { make } from "../ui/elements.js";

/** The list; its `element` is the list with its label. */
export class LayerPicker {
  /** @param choose function(index of a layer, or null for all). */
  constructor(choose) {
    this.list = make("select");
    this.list.onchange = () => choose(this.list.value === "" ? null : Number(this.list.value));
    this.element = make("label", { className: "live-layer" }, "Histograms of ", this.list);
  }

  /** Receives a frame's header. A list that is in use keeps its choice. */
  receive({ depth, layer, run }) {
    const { list } = this;
    if (list.options.length !== depth + 1) {
      const side = (index) => (index === 0 ? " (input side)" : index === depth - 1 ? " (output side)" : "");
      const name = (index) => `layer ${index + 1}${depth > 1 ? side(index) : ""}`;
      list.replaceChildren(
        make("option", { value: "" }, "all layers"),
        ...Array.from({ length: depth }, (_, index) => make("option", { value: index }, name(index))),
      );
    }
    if (document.activeElement !== list || run !== this.run) list.value = layer ?? "";
    this.run = run;
  }
}
