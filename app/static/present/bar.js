// The control bar of the presenter mode: the numbers of the charts, time, and the ways out. It hides, but for the moment.

import { make, put } from "../ui/elements.js";

export class ControlBar {
  constructor(presenter) {
    this.presenter = presenter;
    this.numbers = make("div", { className: "present-numbers" });
    this.numbers.setAttribute("role", "group");
    this.numbers.setAttribute("aria-label", "Charts");
    const button = (className, text, key, onclick) => {
      const made = make("button", { className, onclick }, make("span", {}, text));
      if (key) made.append(make("kbd", {}, key));
      made.addEventListener("pointerup", () => presenter.stage.focus({ preventScroll: true })); // Space then plays
      return made;
    };
    this.button = button;
    this.play = button("present-play", "Play", "Space", () => presenter.time?.toggle());
    this.back = button("present-back", "◀", "", () => presenter.time?.move(-1));
    this.on = button("present-on", "▶", "", () => presenter.time?.move(1));
    this.back.setAttribute("aria-label", "Back in time");
    this.on.setAttribute("aria-label", "On in time");
    this.track = make("div", { className: "present-track" }, make("i"));
    this.readout = make("output", { className: "present-readout" });
    this.several = button("present-several", "Several", "Shift", () => {
      presenter.several = !presenter.several;
      this.tell();
    });
    this.several.title =
      "A number then adds a chart to those on the screen, or takes it away; so does Shift with a number";
    this.next = button("present-next", "Next lesson", "L", () => presenter.lesson.next());
    this.leave = button("present-leave", "Leave", "Esc", () => presenter.close());
    const line = make("div", { className: "present-line" });
    line.append(this.play, this.back, this.track, this.on, this.readout, this.several, this.next, this.leave);
    this.element = make("div", { className: "present-bar" }, this.numbers, line);
  }

  /** Lists the charts of the page, and marks those that are shown. */
  list(charts, chosen) {
    this.names = charts.map(({ name }) => name).join();
    const key = JSON.stringify(charts.map(({ name, title }) => [name, title]));
    if (key !== this.key) {
      this.key = key;
      const made = charts.map(({ title }, index) => {
        const button = this.button("present-number", title, "", (event) =>
          this.presenter.choose(index + 1, this.presenter.several || event.shiftKey),
        );
        if (index < 9) button.prepend(make("kbd", {}, String(index + 1)));
        return button;
      });
      this.numbers.replaceChildren(...made);
    }
    charts.forEach(({ name }, index) => {
      put(this.numbers.children[index], { ariaPressed: String(chosen.includes(name)) });
    });
  }

  /** Shows the moment. */
  tell() {
    const { time, lesson, several } = this.presenter;
    const state = time?.state();
    for (const part of [this.play, this.back, this.on]) put(part, { hidden: !time });
    put(this.track, { hidden: typeof state?.share !== "number" });
    put(this.readout, { value: state?.text ?? "" });
    put(this.play.firstChild, { textContent: state?.playing ? "Pause" : "Play" });
    put(this.several, { ariaPressed: String(several), hidden: this.numbers.childElementCount < 2 });
    put(this.next, { hidden: !lesson.hasNext });
    const share = `${(100 * Math.min(1, Math.max(0, state?.share ?? 0))).toFixed(1)}%`;
    if (this.share !== share) this.track.firstChild.style.width = this.share = share;
  }
}
