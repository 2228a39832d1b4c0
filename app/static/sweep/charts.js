// The charts of the page, with the fields that race/charts.js describes; and picks: whether a click chooses a point.

import * as curves from "../ui/curves.js";
import { part } from "../ui/frame.js";
import { ofEach, percent } from "../ui/sentences.js";
import { lines } from "./lines.js";
import { across, map } from "./map.js";

export const CHARTS = {
  lines: {
    title: "Test accuracy at the end",
    hint: lineHint,
    picks: true,
    absent: ({ over }) => over.length > 1,
    needs: ["band", "seeds", "newest"],
    uses: ({ over, picked }) => [over, picked],
    figure: lines,
    says: best,
    leads: true,
  },
  map: {
    title: "Test accuracy at the end",
    hint: mapHint,
    picks: true,
    absent: ({ over }) => over.length === 1,
    needs: ["band"],
    uses: ({ over, picked, edge, theory, share }) => [over, picked, edge, theory, share],
    figure: map,
    says: best,
    leads: true,
  },
  loss: {
    title: "Training loss over steps",
    hint: (header) => `Dotted: the loss of guessing.${means(header)}`,
    needs: ["loss_steps", "loss"],
    uses: curves.uses,
    figure: curves.loss,
    says: curves.said("loss", ({ over, picked }) => nameOf(over, picked)),
  },
  accuracy: {
    title: "Test accuracy over steps",
    hint: (header) => `Accuracy on the first ${header.probe} test examples.${means(header)}`,
    needs: ["accuracy_steps", "accuracy"],
    uses: curves.uses,
    figure: curves.accuracy,
    says: curves.said("accuracy", ({ over, picked }) => nameOf(over, picked)),
  },
};

/** The sentence of the results: where each method is best. */
function best({ header: { over, done }, arrays }, { methods }) {
  const found = ofEach(methods, ({ index }) => {
    const means = Array.from(part(arrays.band, index, 0), (mean) => (Number.isFinite(mean) ? mean : -1));
    const top = Math.max(...means);
    return top < 0 ? null : `${percent(top)} at ${nameOf(over, means.indexOf(top))}`;
  });
  return `${done} networks done, best mean: ${found}`;
}

/** "learning rate 0.1, depth 5": the values of the settings at a point. */
function nameOf(over, point) {
  const second = over[1]?.texts.length ?? 1;
  const at = [Math.floor(point / second), point % second];
  return over.map(({ label, texts }, axis) => `${label} ${texts[at[axis]]}`).join(", ");
}

/** The point nearest to a click, as its index; undefined if it was beside the axes. */
export function pointAt({ over }, { xvals, yvals, points: hit }) {
  const [x, y] = [hit?.[0]?.x ?? xvals?.[0], hit?.[0]?.y ?? yvals?.[0]];
  if (x === undefined) return undefined;
  if (over.length === 1) return nearest(over[0].places, x);
  const axis = across(over);
  const chosen = over.map((setting, index) => nearest(setting.places, index === axis ? x : y));
  return chosen[0] * over[1].places.length + chosen[1];
}

function nearest(places, to) {
  return places.reduce((best, place, index) => (Math.abs(place - to) < Math.abs(places[best] - to) ? index : best), 0);
}

function lineHint({ over, seeds, left_out }) {
  const band = seeds > 2 ? "band: 95 % interval (Student's t); " : "";
  const mean = seeds > 1 ? ` Mean of ${seeds} seeds; ${band}dots: single seeds.` : "";
  return `A wide plateau: the method learns at many ${over[0].label}s.${mean}${diverged(left_out)} Click for learning curves.`;
}

function mapHint({ edge, theory, share, seeds, left_out }) {
  const line = edge === null ? "" : ` Line: halfway from guessing to the best (${(100 * edge).toFixed(0)}\u00a0%).`;
  const left = `${100 * share}\u00a0%`;
  const predicted = theory ? ` Dashed: theory, the depth at which ${left} of a plain signal is left.` : "";
  const mean = seeds > 1 ? ` Mean of ${seeds} seeds.` : "";
  return `A large bright region: the method learns with many settings.${mean}${diverged(left_out)}${line}${predicted} Click for learning curves.`;
}

/** How many networks diverged: they are in no mean. */
function diverged(count) {
  return count ? ` ${count} network${count > 1 ? "s" : ""} diverged and ${count > 1 ? "are" : "is"} left out.` : "";
}

function means({ seeds }) {
  return seeds > 1 ? " Mean; band: range of seeds." : "";
}
