// Plays the moments of the newest frame by itself, at the pace of the screen, and draws every picture at one moment.
// The server sends a new frame long before the last moment is reached; a later frame replaces what was to come.

const version = new URL(import.meta.url).search;
const { decode } = await import("../live/frame.js" + version);
const { Card } = await import("../live/card.js" + version);
const { Legend } = await import("../live/legend.js" + version);
const { themeAt } = await import("../live/theme.js" + version);
const { CHARTS } = await import("./charts.js" + version);
const { Numbers } = await import("./numbers.js" + version);
const { Moment } = await import("./moment.js" + version);
const { Painter } = await import("./painter.js" + version);

const BUDGET = 24; // ms of drawing in one animation frame: the page stays responsive between charts
const REST = 28; // ms from one moment drawn to the next, at least: more would not look smoother
const RETRIES = 12; // of asking for a file whose answer was overtaken by the next frame: here they never cease
const LOST = 1.5; // seconds off the server's clock at which the playhead jumps there; less is caught up smoothly
const OVERSHOT = [
  "",
  "Infomax has overshot: its gain jumped below 0. Lower the intrinsic rate, then press Reset.",
  "Infomax has overshot: its gain is below 0. Lower the intrinsic rate, then press Reset.",
]; // by what a moment says of it

export class Player {
  constructor(root, plotly) {
    this.root = root;
    this.hidden = new Set();
    this.updates = 0;
    this.legend = new Legend(this.hidden, () => this.schedule());
    this.numbers = new Numbers(() => this.request("numbers"));
    this.readout = Object.assign(document.createElement("output"), { className: "live-readout neuron-readout" });
    const again = () => this.schedule();
    this.cards = Object.entries(CHARTS).map(
      ([name, chart]) => new Card(name, chart, { draw: again, download: () => this.request(name) }),
    );
    const top = Object.assign(document.createElement("div"), { className: "live-second neuron-top" });
    this.trouble = Object.assign(document.createElement("p"), { className: "neuron-trouble" });
    this.trouble.setAttribute("role", "status");
    top.append(this.legend.element, this.trouble, this.readout);
    const grid = Object.assign(document.createElement("div"), { className: "live-grid" });
    grid.append(...this.cards.map((card) => card.element));
    root.classList.add("neuron");
    root.replaceChildren(top, grid, this.numbers.element);
    root.style.minHeight = ""; // kept room while all this was loading
    plotly.then(
      (loaded) => {
        this.painter = new Painter(loaded);
        this.schedule();
      },
      (error) => {
        for (const card of this.cards) card.say(`This chart cannot be drawn: ${error.message}. Reload the page.`);
      },
    );
  }

  /** Takes in what Streamlit sent; also called without new data when the theme changed. */
  receive({ data, setTriggerValue }) {
    this.trigger = setTriggerValue;
    if (data && data !== this.data) {
      this.data = data;
      this.frame = decode(data);
      const { header, download } = this.frame;
      this.came = performance.now();
      if (header.run !== this.run) this.place = undefined;
      this.run = header.run;
      this.legend.receive(header);
      this.numbers.receive(header);
      if (download) this.save(download);
    }
    this.schedule();
  }

  close() {
    cancelAnimationFrame(this.drawing);
    clearTimeout(this.retry);
    for (const card of this.cards) card.close(this.painter);
    this.closed = true;
  }

  schedule() {
    if (this.drawing || this.closed || !this.painter || !this.frame) return;
    this.drawing = requestAnimationFrame((now) => {
      this.drawing = null;
      this.draw(now);
    });
  }

  /** Moves the playhead on; tells whether it will move again. */
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
      this.moving = this.painter.moving = this.advance(now);
      const theme = themeAt(this.root);
      theme.grey = this.frame.header.grey[theme.dark ? 1 : 0];
      const methods = this.frame.header.methods
        .map((method, index) => ({ ...method, index, color: method.color[theme.dark ? 1 : 0] }))
        .filter((method) => !this.hidden.has(method.name));
      const { frame } = this;
      this.round = { frame, moment: new Moment(frame, this.place, this.moving), theme, methods, turn: 0 };
      this.legend.paint(theme);
    }
    const { moment, theme, methods } = this.round;
    const start = performance.now();
    while (this.round.turn < this.cards.length) {
      this.cards[this.round.turn].draw(this.painter, moment, { theme, methods });
      this.round.turn += 1;
      if (performance.now() - start > BUDGET && this.round.turn < this.cards.length) return this.schedule();
    }
    this.numbers.draw(moment, theme);
    this.tell(moment);
    const stale = this.frame !== this.round.frame; // another came while this one was drawn
    this.round = null;
    if (this.moving || stale) this.schedule();
    else this.movedAt = undefined;
  }

  /** What the page says of the moment, and what tests wait for. */
  tell(moment) {
    this.readout.value = `update ${Math.floor(moment.step).toLocaleString("en")}`;
    const said = OVERSHOT[Math.max(0, ...moment.header.methods.map((_, index) => moment.overshot(index)))];
    if (this.trouble.textContent !== said) this.trouble.textContent = said;
    this.updates += 1;
    Object.assign(this.root.dataset, { updates: this.updates, step: moment.step, drawn: moment.header.revision });
  }

  /** Asks for a picture's data, and again if the answer does not come. */
  request(name, tries = RETRIES) {
    clearTimeout(this.retry);
    this.awaiting = true;
    this.trigger("download", name);
    this.retry = setTimeout(() => this.awaiting && tries > 0 && this.request(name, tries - 1), 2000);
  }

  save({ name, text }) {
    if (!this.awaiting) return;
    this.awaiting = false;
    const href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
    Object.assign(document.createElement("a"), { href, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(href), 10000);
  }
}
