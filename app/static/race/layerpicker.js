// The list of hidden layers, of which one is chosen for the histograms, or all.

import { make } from "../ui/elements.js";

/** The list, with its label, which is its `element`. */
export class LayerPicker {
  /** @param choose function(index of a layer, or null for all). */
  constructor(choose) {
    this.list = make("select");
    this.list.onchange = () => choose(this.list.value === "" ? null : Number(this.list.value));
    this.element = make("label", { className: "live-layer" }, "Histograms of ", this.list);
  }

  /** Takes in a frame's header. What somebody is choosing just now stays. */
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
