// The first part of the page of a race: what the moment on the slider shows, in a sentence, and a picture of the networks.
// A network is a column of bars, one for each layer, each lit by what is chosen. Left of it the signal runs up, right of
// it the error runs back down; both fade as the recording says. It stands where the page has left room for it.

import { isThere, make, put } from "../ui/elements.js";
import { part } from "../ui/frame.js";
import { isOpening } from "../ui/opening.js";
import { Tour } from "./tour.js";

const PLACE = ".race-lead"; // with data-play, a recording plays there by itself, once
const CALM = matchMedia("(prefers-reduced-motion: reduce)");
const PACE = 400; // ms between two pictures of a race that goes on: it has many gradients, and motions that go on
const MOTION = 6000; // ms for which signals run after the newest frame
const SLOW = 15; // ms for a frame of the charts: a browser that takes longer has no time for signals that run, too
const GAP = 0.2; // of a layer's height
const FAINT = 0.06; // how much is seen of a signal or an error that has vanished
const COLORS = [...["primary", "border", "background", "text"].map((name) => `--st-${name}-color`), "--st-font"];
const QUANTITIES = {
  weight_gradient: "gradient |dL/dW|",
  response: "slope dy/dx",
};

export class Lead {
  /** @param root of the component. @param play function() of the button. @param draw function(), has all drawn soon. */
  constructor(root, play, draw) {
    Object.assign(this, { root, play, redraw: draw });
    this.scope = isOpening(root) ? "#opening" : "#root";
    this.finding = make("p", { className: "lead-finding" });
    this.room = make("p", { className: "lead-room" }); // of the longest sentence, unseen, in the same place
    this.room.setAttribute("aria-hidden", "true");
    this.condition = make("p", { className: "lead-condition" });
    this.button = make("button", { className: "lead-play", onclick: play });
    this.readout = make("output", { className: "lead-step" });
    this.tour = new Tour(this.scope, (element) => this.paint(element));
    this.guide = make(
      "button",
      { className: "lead-tour", title: "Five steps through this page", onclick: () => this.tour.open() },
      "Tour",
    );
    this.nets = make("div", { className: "lead-nets" });
    this.nets.setAttribute("role", "img");
    this.select = make("select", { onchange: draw });
    this.select.setAttribute("aria-label", "What lights a layer");
    for (const [value, text] of Object.entries(QUANTITIES)) this.select.append(make("option", { value }, text));
    const key = make("p", { className: "lead-key" });
    key.append(
      make("span", {}, "Bars are layers, the input at the bottom, lit by their "),
      this.select,
      make("span", {}, ". Signals run up on the left, errors down on the right, and fade where they vanish."),
    );
    const said = make("div", { className: "lead-said" }, this.room, this.finding);
    const words = make("div", { className: "lead-words" }, said, this.condition);
    words.append(make("div", { className: "lead-act" }, this.button, this.guide, this.readout));
    this.element = make("div", { className: "lead" }, words, make("div", {}, this.nets, key));
  }

  /** What of it can be presented: all, on a page that has it. */
  charts() {
    if (!isThere(this.element)) return [];
    const change = (scale) => {
      this.element.style.setProperty("zoom", scale === 1 ? "" : scale);
      this.look = this.said = this.key = null; // all is drawn anew, in the colours of its place
      this.redraw();
    };
    const chart = { name: "networks", title: "The networks", element: this.element };
    return [{ ...chart, enter: (_, scale) => change(scale), leave: () => change(1) }];
  }

  /** Puts it where the page has room for it; does nothing on a page that has none. */
  settle() {
    if (this.element.closest(".present")) return true;
    const place = document.querySelector(`${this.scope} ${PLACE}`);
    if (place && this.element.parentElement !== place) place.replaceChildren(this.element);
    this.guide.hidden = !place || place.hasAttribute("data-play");
    this.plays = place?.hasAttribute("data-play") && !CALM.matches;
    return Boolean(place);
  }

  /** Draws what a frame holds, in the look of the screen. @param took ms that a frame of the charts takes, of late. */
  draw({ header, arrays }, { theme, methods }, took) {
    if (!this.settle()) return;
    const now = performance.now();
    const follows = header.state === "running" && header.asked === null;
    if (follows && now - this.at < PACE) return;
    const look = JSON.stringify([header.run, methods, theme, this.select.value]);
    const key = JSON.stringify([look, header.newest, header.step, header.finding]);
    if (key === this.key) return;
    Object.assign(this, { key, at: now });
    if (look !== this.look) {
      this.look = look;
      this.paint(this.element);
      this.drawn = methods.map((method) => new Net(method));
      this.nets.replaceChildren(...this.drawn.map(({ element }) => element));
    }
    this.say(header, Object.fromEntries(methods.map(({ name, color }) => [name, color])));
    const quantity = this.select.value;
    const range = quantity === "response" ? header.response : tens(header.decades[quantity]);
    for (const net of this.drawn) net.draw(quantity, range, header, arrays, theme);
    if (follows && took > SLOW) this.stop();
    else this.move();
    if (this.plays && this.played !== header.run && arrays.moments.values.length > 1) {
      this.played = header.run;
      this.play();
    }
  }

  /** Says what has been found. The room for it does not shrink as long as the race is the same. */
  say({ run, finding, longest, condition }, colors) {
    put(this.condition, { textContent: condition });
    const room = this.run === run && this.room.textContent.length > longest.length ? this.room.textContent : longest;
    put(this.room, { textContent: room });
    this.run = run;
    const text = JSON.stringify([finding, colors]);
    if (text === this.said) return;
    this.said = text;
    this.finding.replaceChildren(
      ...finding.map(([text, method]) => {
        const word = make(method ? "b" : "span", {}, text);
        if (method) word.style.color = colors[method] ?? "";
        return word;
      }),
    );
    this.nets.setAttribute("aria-label", this.finding.textContent);
  }

  /** Gives an element the colours of the component, for it stands outside of the one that has them. */
  paint(element) {
    const style = getComputedStyle(element.closest(".present") ?? this.root);
    for (const name of COLORS) element.style.setProperty(name, style.getPropertyValue(name));
  }

  /** Lets signals run for a while. */
  move() {
    this.element.classList.add("moving");
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.stop(), MOTION);
  }

  stop() {
    clearTimeout(this.rest);
    this.element.classList.remove("moving");
  }

  /** Shows what the time bar shows. */
  tell({ playing, moments, header, readout }) {
    const textContent = playing ? "Pause" : header?.state === "finished" ? "Play the recording" : "Replay so far";
    put(this.button, { textContent, hidden: moments.length < 2 });
    this.button.toggleAttribute("data-first", !playing && header?.state === "finished");
    put(this.readout, { textContent: header && moments.length > 1 ? readout.value : "" });
  }

  close() {
    clearTimeout(this.rest);
    this.tour.close();
    this.element.remove();
  }
}

/** The picture of one network. Only what changes is written anew, so that what moves in it goes on moving. */
class Net {
  constructor({ name, label, color, index }) {
    Object.assign(this, { name, color, index, drawn: {} });
    this.score = make("span", { className: "net-score" });
    this.layers = make("div", { className: "net-layers" });
    [this.up, this.down] = ["up", "down"].map((way) => lane(way, color));
    const heading = make("b", { className: "net-name" }, label);
    heading.style.color = color;
    const body = make("div", { className: "net-body" }, this.up, this.layers, this.down);
    this.element = make("div", { className: "net" }, this.score, heading, body);
  }

  draw(quantity, range, header, arrays, theme) {
    const { index, color } = this;
    const lit = levels(part(arrays[quantity], index), range, header.depth);
    const signal = levels(part(arrays.entropy, index), null, header.depth);
    const error = levels(part(arrays.error_signal, index), tens(header.decades.error_signal), header.depth);
    const share = header.reached[this.name];
    put(this.score, { textContent: share === null ? (header.step ? "–" : "") : `${(100 * share).toFixed(0)} %` });
    this.style(
      "layers",
      "backgroundImage",
      bars(lit, (level) => mixed(color, level, theme.grid)),
    );
    this.style("up", "maskImage", fading(signal));
    this.style("down", "maskImage", fading(error));
  }

  style(part, property, value) {
    if (this.drawn[part] === value) return;
    this.drawn[part] = value;
    this[part].style[property] = value;
  }
}

function tens(powers) {
  return powers.map((power) => 10 ** power);
}

function mixed(color, level, grid) {
  return `color-mix(in srgb, ${color} ${Math.round(100 * level)}%, ${grid})`;
}

/** How bright each layer is, 0 to 1: on a logarithmic scale between two numbers, or as it is if there is no range. */
function levels(values, range, depth) {
  if (!values) return Array.from({ length: depth }, () => 0);
  const [low, high] = (range ?? [1, 10]).map(Math.log);
  return Array.from(values, (value) => {
    const level = range ? (Math.log(value) - low) / (high - low) : value;
    return Number.isFinite(level) ? Math.min(1, Math.max(0, level)) : 0;
  });
}

/** Bars from the bottom up, as the image of a background; color(level) of each. */
function bars(lit, color) {
  const stops = lit.flatMap((level, layer) => {
    const [from, to] = [layer, layer + 1 - GAP].map((at) => `${((100 * (at + GAP / 2)) / lit.length).toFixed(2)}%`);
    return [`transparent ${from}`, `${color(level)} ${from}`, `${color(level)} ${to}`, `transparent ${to}`];
  });
  return `linear-gradient(to top, ${stops.join(", ")})`;
}

/** A lane beside the layers, in which dashes run. */
function lane(way, color) {
  const element = make("div", { className: `net-lane ${way}` }, make("i"));
  element.style.color = color;
  return element;
}

/** A mask that fades where little is left. */
function fading(shares) {
  const seen = shares.map((share) => `rgb(0 0 0 / ${Math.max(FAINT, share).toFixed(2)})`);
  return `linear-gradient(to top, ${seen.length > 1 ? seen.join(", ") : `${seen[0]}, ${seen[0]}`})`;
}
