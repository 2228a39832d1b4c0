// Plays the moments of the newest frame by itself, at the pace of the screen, and draws every picture at one moment.
// The server sends a new frame long before the last moment is reached; a later frame replaces what was to come.

import { make, press } from "../ui/elements.js";
import { BUDGET, Screen } from "../ui/screen.js";
import { CHARTS } from "./charts.js";
import { Moment } from "./moment.js";
import { Numbers } from "./numbers.js";
import { Painter } from "./painter.js";

const REST = 28; // ms from one moment drawn to the next, at least: more would not look smoother
const LOST = 1.5; // seconds off the server's clock at which the playhead jumps there; less is caught up smoothly
const OVERSHOT = ["", "its gain jumped below 0", "its gain is below 0"]; // by the degree that a moment gives

/** Draws one neuron under several rules, as it moves. */
export class NeuronScreen extends Screen {
  constructor(root, plotly) {
    super(root, plotly, CHARTS);
    root.classList.add("neuron");
    this.updates = 0;
    this.numbers = new Numbers(() => this.request("numbers"));
    this.readout = make("output", { className: "live-readout neuron-readout" });
    this.trouble = make("p", { className: "neuron-trouble" });
    this.trouble.setAttribute("role", "status");
    this.fill(
      make("div", { className: "live-second neuron-top" }, this.legend.element, this.trouble, this.readout),
      make("div", { className: "live-grid" }, ...this.cards.map((card) => card.element)),
      this.numbers.element,
    );
  }

  begin(plotly) {
    super.begin(new Painter(plotly));
  }

  /** The buttons of the page have time go on, and updates one by one; there is no way back. */
  get time() {
    const { playing } = this.frame?.header ?? {};
    return {
      toggle: () => press(".st-key-toggle button"),
      move: (by) => by > 0 && press(".st-key-step1 button"),
      state: () => ({ playing, share: null, text: this.readout.value }),
    };
  }

  take({ header }) {
    super.take({ header });
    this.came = performance.now();
    if (header.run !== this.run) this.place = undefined;
    this.run = header.run;
    this.numbers.receive(header);
  }

  /** Moves the playhead on; returns whether it will move again. */
  advance(now) {
    const { shown, last, pace, playing } = this.frame.header;
    const passed = Math.min((now - (this.movedAt ?? now)) / 1000, 0.25);
    this.movedAt = now;
    const goal = playing ? Math.min(last, shown + ((now - this.came) / 1000) * pace) : last;
    if (this.place === undefined || Math.abs(goal - this.place) > LOST * pace) this.place = goal;
    const step = playing ? passed * pace : 0;
    const caught = this.place + step + (goal - this.place - step) * Math.min(1, (playing ? 3 : 10) * passed);
    this.place = Math.min(last, playing ? Math.max(this.place, caught) : caught);
    if (!playing && Math.abs(last - this.place) < 0.02) this.place = last;
    return this.place !== last || playing;
  }

  draw(now) {
    if (!this.round) {
      if (this.moving && now - this.roundAt < REST) return this.schedule();
      this.roundAt = now;
      this.moving = this.plotly.moving = this.advance(now);
      const { frame } = this;
      this.round = { frame, moment: new Moment(frame, this.place, this.moving), look: this.look(), turn: 0 };
    }
    const { moment, look } = this.round;
    for (const card of this.cards) card.describe(moment, look);
    const start = performance.now();
    const cards = this.shownCards;
    while (this.round.turn < cards.length) {
      cards[this.round.turn].draw(this.plotly, moment, look);
      this.round.turn += 1;
      if (performance.now() - start > BUDGET && this.round.turn < cards.length) return this.schedule();
    }
    this.numbers.draw(moment, look.theme);
    this.sentences.tell(moment, look);
    this.describe(moment);
    const stale = this.frame !== this.round.frame; // another came while this one was drawn
    this.round = null;
    if (this.moving || stale) this.schedule();
    else this.movedAt = undefined;
  }

  /** Writes the texts about the moment, and the attributes that tests wait for. */
  describe(moment) {
    this.readout.value = `update ${Math.floor(moment.step).toLocaleString("en")}`;
    const [worst] = moment.header.methods
      .map(({ label }, index) => ({ label, degree: moment.overshot(index) }))
      .sort((a, b) => b.degree - a.degree);
    const what = OVERSHOT[worst?.degree ?? 0];
    const text = what && `${worst.label} has overshot: ${what}. Lower the intrinsic rate, then press Reset.`;
    if (this.trouble.textContent !== text) this.trouble.textContent = text;
    this.updates += 1;
    Object.assign(this.root.dataset, { updates: this.updates, step: moment.step, drawn: moment.header.revision });
  }
}
