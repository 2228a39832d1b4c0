// The time of what is presented: that of the charts, if they have one, or a slider or a button of the page.
//
// A time has toggle(), move(by), state() -> {playing, share, text}; and maybe jump(whether to the end).

import { Walk } from "../ui/walk.js";

const SLIDER = '.st-key-compare_share [role="slider"], .st-key-compare_share input[type="range"]';

/** The time of the page; null if nothing on it moves. */
export function timeOf(sources) {
  const own = sources.map(({ time }) => time).find(Boolean);
  if (own) return own;
  return document.querySelector(SLIDER) ? slider : null;
}

function keyed(key) {
  const thumb = document.querySelector(SLIDER);
  const before = thumb?.getAttribute("aria-valuenow") ?? thumb?.value;
  for (const type of ["keydown", "keyup"])
    thumb?.dispatchEvent(new KeyboardEvent(type, { key, code: key, bubbles: true }));
  return before;
}

const walk = new Walk((by) => {
  const { share } = slider.state();
  keyed(by > 0 ? "ArrowRight" : "ArrowLeft");
  return share < 1;
});

const slider = {
  toggle: () => walk.toggle(),
  move: (by) => walk.move(by),
  jump: (end) => keyed(end ? "End" : "Home"),
  state() {
    const thumb = document.querySelector(SLIDER);
    const value = Number(thumb?.getAttribute("aria-valuenow") ?? thumb?.value ?? 0);
    return { playing: walk.playing, share: value / 100, text: `${value} % of the steps` };
  },
};
