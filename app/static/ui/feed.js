// Frames that the browser asks the server for, one after the other, beside Streamlit (app/front/frames.py). The server
// answers once there is something new, so that an update is one request; nothing is asked while nothing can change, nor
// in a tab that is not seen.

import { showStatus } from "./status.js";

const PACE = 200; // ms from one request to the next, at least
const SLOW = { draws: 14, pace: 240 }; // ms that a slow machine takes to draw a frame, and its pace
const BUSY = 30; // ms until the next look whether the last frame has been drawn
const SETTLE = 100; // ms in which the page may draw by itself what the server has just said
const AGAIN = 3000; // ms after which the page is asked once more to draw what has happened
const RETRIES = [500, 1000, 2000, 4000, 8000, 15_000]; // ms after a request that failed
const TRIES = 3; // requests that fail while the server is well, until frames come through Streamlit
const OTHERS = [404, 405, 501]; // answers of somebody who does not know the route

export class Feed {
  /**
   * @param take function(bytes), which shows a frame. @param busy function() -> whether the last one is still drawn.
   * @param took function() -> ms that drawing takes. @param report function(name, value), which tells Streamlit something.
   */
  constructor({ take, busy, took, report }) {
    Object.assign(this, { take, busy, took, report, view: {}, failures: 0, live: true, facts: "", after: "" });
    this.look = () => (document.hidden ? this.rest() : this.ask());
    document.addEventListener("visibilitychange", this.look);
  }

  /** Follows what Streamlit says: {feed: a token, phase: that with which the page was drawn}. */
  follow({ feed, phase }) {
    this.token = feed;
    this.phase = phase;
    this.failures = 0;
    clearTimeout(this.settling);
    this.settling = null;
    this.ask();
  }

  /** Looks at something else from now on: {step: 20}, say; null is the same as nothing. */
  see(part) {
    Object.assign(this.view, part);
    this.ask();
  }

  /** Asks no more until Streamlit says something. */
  rest() {
    clearTimeout(this.timer);
    this.request?.abort();
    this.request = null;
  }

  close() {
    this.rest();
    clearTimeout(this.settling);
    this.token = null;
    document.removeEventListener("visibilitychange", this.look);
  }

  /** Asks now, in place of the request that waits. */
  ask() {
    this.rest();
    if (document.hidden || !this.token) return;
    this.request = new AbortController();
    this.asked = performance.now();
    this.once(this.request);
  }

  async once(request) {
    let answer;
    let bytes;
    try {
      answer = await fetch(this.address(), { signal: request.signal, cache: "no-store" });
      if (answer.status === 200) bytes = new Uint8Array(await answer.arrayBuffer());
    } catch {
      answer = null; // no answer, or half of one
    }
    if (request !== this.request) return; // overtaken
    this.request = null;
    const facts = answer?.headers.get("frame-facts");
    if (answer?.status === 410) return this.lost();
    if (!facts) return this.failed(answer?.status);
    this.failures = 0;
    this.after = answer.headers.get("frame-stamp");
    this.facts = answer.headers.get("frame-mark");
    if (bytes) this.take(bytes);
    this.say(JSON.parse(facts));
    const pace = this.took() > SLOW.draws ? SLOW.pace : PACE;
    if (this.live) this.next(pace - (performance.now() - this.asked));
  }

  address() {
    const address = new URL(`app/frames/${this.token}`, document.baseURI);
    const view = Object.entries(this.view).filter(([, value]) => value !== null);
    address.search = new URLSearchParams([...view, ["after", this.after], ["facts", this.facts]]);
    return address;
  }

  /** Asks after some ms, once what came last has been drawn. */
  next(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.busy() ? this.next(BUSY) : this.ask()), Math.max(0, ms));
  }

  /**
   * Shows the facts beside the charts. If the page was drawn before what they say, it is drawn anew, with them: the
   * status line and the buttons change together.
   */
  say({ live, phase, status }) {
    this.live = live;
    if (phase === this.phase) {
      if (status) showStatus(status);
      clearTimeout(this.settling);
      this.settling = null;
    } else if (!this.settling) this.redraw(SETTLE);
  }

  /**
   * Has the page drawn anew after some ms, unless Streamlit has done so by then. Not while it does: it would be told the
   * address of the page as it was before, and take it for one that the visitor has chosen.
   */
  redraw(ms) {
    this.settling = setTimeout(() => {
      const { testScriptState = "notRunning" } = document.querySelector(".stApp")?.dataset ?? {};
      if (testScriptState !== "notRunning") return this.redraw(SETTLE);
      this.report("report", String(Date.now()));
      this.redraw(AGAIN);
    }, ms);
  }

  /** The server no longer knows the token: Streamlit has another once it has drawn the page anew. */
  lost() {
    if (!this.settling) this.redraw(SETTLE);
  }

  /** Tries again; but if only this route is closed, the frames have to come through Streamlit. */
  async failed(status) {
    const wait = RETRIES[Math.min(this.failures, RETRIES.length - 1)];
    this.failures += 1;
    const { token, request } = this;
    if (OTHERS.includes(status) || (this.failures >= TRIES && (await wellServed()))) {
      if (token === this.token && request === this.request) this.report("unreachable", true);
    } else if (token === this.token && !this.request) this.next(wait);
  }
}

/** Whether the server answers at all. */
async function wellServed() {
  try {
    return (await fetch(new URL("_stcore/health", document.baseURI), { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}
