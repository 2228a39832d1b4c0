// The slider through time, along the same steps as the axes of the charts. It requests one moment at a time and waits for
// the answer before the next request.

import { make, put } from "../ui/elements.js";

const PATIENCE = 1500; // ms to wait for an answer before the request is repeated
const PACE = 70; // ms between the moments of a replay
const REPLAY = 120; // moments of a replay, at most
const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 }; // -> moments

const RUNNING = ["starting", "running", "paused"];

export class TimeBar {
  /**
   * @param ask function(step or null), which requests a moment from the server; null for the newest.
   * @param shown function(this), called whenever what it shows may have changed.
   */
  constructor(ask, shown) {
    Object.assign(this, { ask, shown });
    this.wanted = null; // a step, or null to follow the newest
    this.pending = null; // the request that has no answer yet
    this.moments = [];
    this.element = make("div", { className: "live-time" });
    this.element.setAttribute("role", "group");
    this.element.setAttribute("aria-label", "Time");
    this.play = button("live-play", () => this.toggle());
    this.slider = make("input", { type: "range", min: 0, max: 0, value: 0 });
    this.slider.setAttribute("aria-label", "Moment shown in every chart");
    this.slider.oninput = () => {
      const step = this.slider.valueAsNumber; // before halt() puts the thumb back
      this.halt();
      this.goTo(nearest(this.moments, step));
    };
    this.slider.onkeydown = (event) => {
      if (event.key in KEYS) this.move(KEYS[event.key]);
      else if (event.key === "Home" || event.key === "End") this.jump(event.key === "End");
      else return;
      event.preventDefault();
    };
    this.follow = button("live-follow", () => this.jump(true));
    this.readout = make("output", { className: "live-readout" });
    this.element.append(this.play, this.slider, this.follow, this.readout);
    this.halt();
  }

  /** Receives a frame. */
  receive({ header, arrays }) {
    const moments = Array.from(arrays.moments.values);
    if (header.run !== this.run) {
      // The first frame of a page has the moment that was chosen before, or the link names one; a new run is followed
      // from its start.
      this.wanted = this.run === undefined ? (header.asked ?? linked(header)) : null;
      this.run = header.run;
      this.pending = null;
      this.halt();
    }
    Object.assign(this, { moments, header, answered: header.asked });
    if (this.pending?.step === header.asked) this.pending = null;
    this.send();
    this.show();
  }

  /** Called when the newest frame has been drawn: a replay may go on. */
  drawn() {
    if (this.playing && this.wanted === this.answered) this.next();
  }

  close() {
    this.halt();
    clearTimeout(this.retry);
  }

  seek(step) {
    this.wanted = step;
    this.send();
    this.show();
  }

  send() {
    if (this.wanted === this.answered) return;
    const now = performance.now();
    if (this.pending && now - this.pending.at < PATIENCE) return; // the answer's arrival calls this again
    this.pending = { step: this.wanted, at: now };
    this.ask(this.wanted);
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.send(), PATIENCE + 10);
  }

  /** Goes to a moment by its number; at the end, the newest is followed. */
  goTo(index) {
    this.seek(index < this.moments.length - 1 ? this.moments[Math.max(0, index)] : null);
  }

  /** Goes some moments on, or back; returns whether there was somewhere to go. */
  move(by) {
    const index = this.index();
    this.halt();
    this.goTo(index + by);
    return index + by >= 0 && index + by < this.moments.length;
  }

  /** Goes to the end, or to the start. */
  jump(toEnd) {
    this.halt();
    this.goTo(toEnd ? Infinity : 0);
  }

  /** What it shows: {playing, share: of the axis of steps, text}. */
  state() {
    const share = this.slider.valueAsNumber / Math.max(1, Number(this.slider.max));
    return { playing: this.playing, share, text: this.readout.value };
  }

  index() {
    if (this.wanted === null) return this.moments.length - 1;
    const later = this.moments.findIndex((moment) => moment > this.wanted);
    return Math.max(0, (later < 0 ? this.moments.length : later) - 1);
  }

  toggle() {
    if (this.playing) return this.halt();
    if (this.moments.length < 2) return;
    this.playing = true;
    this.shownAt = performance.now();
    if (this.wanted === null || this.index() >= this.moments.length - 1) this.seek(this.moments[0]);
    else this.next();
    this.show();
  }

  /** Goes to the next moment of a replay, at its pace. */
  next() {
    clearTimeout(this.timer);
    this.timer = setTimeout(
      () => {
        this.shownAt = performance.now();
        const index = this.index() + Math.ceil(this.moments.length / REPLAY);
        if (index < this.moments.length - 1) return this.seek(this.moments[index]);
        this.halt();
        this.seek(null);
      },
      Math.max(0, PACE - (performance.now() - this.shownAt)),
    );
  }

  halt() {
    this.playing = false;
    clearTimeout(this.timer);
    this.show();
  }

  show() {
    const { header, moments, wanted } = this;
    const following = wanted === null;
    put(this.play, {
      textContent: this.playing ? "Pause replay" : "Replay",
      title: this.playing ? "Stop the replay at this moment" : "Play the recording moment by moment",
      disabled: moments.length < 2,
    });
    put(this.slider, { disabled: moments.length < 2, max: String(header?.horizon ?? 0) });
    put(this.slider, { valueAsNumber: following ? (header?.newest ?? 0) : wanted });
    const ending = header && !RUNNING.includes(header.state);
    put(this.follow, {
      textContent: ending ? "Newest" : "Live",
      title: ending ? "Show the end of the recording" : "Follow the run as it goes",
      ariaPressed: String(following),
    });
    const step = following ? (header?.newest ?? 0) : wanted;
    const words = `step ${step.toLocaleString("en")} of ${(header?.total ?? 0).toLocaleString("en")}`;
    put(this.readout, { value: words });
    put(this.slider, { ariaValueText: following ? `${words}, the newest` : words });
    this.element.dataset.moment = wanted ?? ""; // a link to what is on screen names it
    this.shown(this);
  }
}

/** The number of the moment that is nearest to a step. */
function nearest(moments, step) {
  const after = moments.findIndex((moment) => moment >= step);
  if (after < 0) return moments.length - 1;
  return after > 0 && step - moments[after - 1] < moments[after] - step ? after - 1 : after;
}

/** The moment of a recording that the address of the page names; null for its end. */
function linked({ blank }) {
  const step = new URLSearchParams(location.search).get("step") ?? "";
  return blank === null && /^\d{1,9}$/.test(step) ? Number(step) : null;
}

function button(className, onclick) {
  return make("button", { className, onclick });
}
