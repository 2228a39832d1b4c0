// The screen of a race: time bar, legend, the choice of a layer, and cards.

import { make } from "../ui/elements.js";
import { endOpening, isOpening } from "../ui/opening.js";
import { Screen } from "../ui/screen.js";
import { CHARTS } from "./charts.js";
import { LayerPicker } from "./layerpicker.js";
import { Lead } from "./lead.js";
import { TimeBar } from "./timebar.js";

/** Draws the moment of a race that the time bar chooses. */
export class RaceScreen extends Screen {
  static sketches = true;
  static leading = 2; // loss and accuracy

  constructor(root, plotly) {
    super(root, plotly, CHARTS);
    this.lead = new Lead(
      root,
      () => this.bar.toggle(),
      () => this.schedule(),
    );
    this.bar = new TimeBar(
      (step) => this.want("step", step),
      (bar) => this.lead.tell(bar),
    );
    this.layers = new LayerPicker((layer) => this.want("layer", layer));
    const second = make("div", { className: "live-second" }, this.legend.element, this.layers.element);
    this.fill(
      make("div", { className: "live-top" }, this.bar.element, second),
      make("div", { className: "live-grid" }, ...this.cards.map((card) => card.element)),
    );
  }

  get controls() {
    return [...super.controls, this.layers.element];
  }

  get time() {
    return this.bar;
  }

  charts() {
    return [...this.lead.charts(), ...super.charts()];
  }

  take(frame) {
    super.take(frame);
    this.bar.receive(frame);
    this.layers.receive(frame.header);
    this.tellBlank(frame.header.blank);
  }

  drawBeside(look) {
    this.lead.draw(this.frame, look, this.took);
  }

  drawn({ step }) {
    if (!isOpening(this.root)) endOpening();
    this.root.dataset.sketched = step; // tests wait for it
    if (this.plotly) this.root.dataset.drawn = step; // and for this, after which a chart answers a pointer
    this.bar.drawn();
  }

  close() {
    super.close();
    this.bar.close();
    this.lead.close();
  }
}
