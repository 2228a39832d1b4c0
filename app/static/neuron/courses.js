// Gain, bias and information over time, with what theory predicts in grey: it is a curve while the input drifts.

import * as plot from "../ui/plot.js";
import { BIAS, GAIN } from "./moment.js";
import { BELOW, faint, gainAxis, placeOf, restsShown } from "./plane.js";

const QUANTITIES = {
  entropy: { at: 2, ends: [0, 1.04], yaxis: { title: "entropy / ln 30", dtick: 0.2 } },
  quadratic: {
    at: 3,
    ends: [Math.log10(0.45), Math.log10(17)],
    yaxis: {
      title: "Σ p² / bin width",
      tickmode: "array",
      tickvals: [0.5, 1, 2, 5, 15].map(Math.log10),
      ticktext: ["0.5", "1", "2", "5", "15"],
    },
    scale: Math.log10,
  },
};

export function gain(moment, look) {
  const { gain: ends } = moment.header.ends;
  const scale = (value) => placeOf(value, ends);
  const say = (value) => (value > 0 ? value.toFixed(3) : BELOW);
  return courses(moment, look, { at: GAIN, ends, scale, say, yaxis: gainAxis(look, ends) });
}

export function bias(moment, look) {
  const { bias: ends } = moment.header.ends;
  return courses(moment, look, { at: BIAS, ends, yaxis: { title: "bias", nticks: 7 } });
}

export function information(moment, look) {
  return courses(moment, look, QUANTITIES[look.quantity]);
}

/** Simulated courses over mean ones and the predicted rest; `scale` gives the place of a value on the axis, `say` its label. */
function courses(moment, look, { at, ends, yaxis, scale = (value) => value, say = (value) => value.toFixed(3) }) {
  const right = moment.span()[1];
  const predicted = restsShown(moment, look).map(({ index, dash, label }) => {
    const { x, y } = moment.course("rest", index, at);
    return trace([...x, right], [...y, y.at(-1)], scale, {
      name: `${label} at rest`,
      line: { color: look.theme.grey, dash, width: 2.5 },
    });
  });
  const simulated = look.methods.map((method) => {
    const { x, y } = moment.course("now", method.index, at);
    return trace(x, y, scale, { name: method.label, line: plot.stroke(method) });
  });
  const means = look.methods.map((method) => {
    const { x, y } = moment.mean(method.index, at);
    return { x, y: y.map(scale), mode: "lines", line: faint(method), hoverinfo: "skip" };
  });
  const begun = moment.header.first + moment.inside > 0; // before, labels would only cover what is to come
  const labels = (begun ? look.methods : []).map((method) => {
    const value = moment.value("now", method.index, at);
    return { x: moment.step, y: scale(value), text: say(value).replace("-", "−"), color: method.color };
  });
  return {
    data: [...means, ...simulated, ...predicted, beside(inside(labels, ends), look.zoom?.y ?? ends, look)],
    layout: plot.layout(look, {
      hovermode: look.touch ? false : moment.header.moving ? "closest" : "x unified",
      xaxis: plot.axis(look, {
        range: moment.span(),
        title: "updates",
        tickformat: ",d",
        nticks: 5,
        hoverformat: ",d",
      }),
      yaxis: plot.axis(look, { range: ends, ...yaxis }),
    }),
  };
}

function trace(x, y, scale, more) {
  return { x, y: y.map(scale), customdata: y, mode: "lines", hovertemplate: "%{customdata:.4g}", ...more };
}

/** Labels of values, none of them over an end of the axis: half a line of text is left free there. */
function beside(labels, [low, high], look) {
  const line = plot.SIZE + 4; // px
  const room = (line / 2) * ((high - low) / (look.height - plot.MARGIN.t - plot.MARGIN.b));
  return plot.words(labels, [low + room, high - room], { ...look, height: look.height - line });
}

function inside(labels, [low, high]) {
  return labels.map((label) => ({ ...label, y: Math.min(Math.max(label.y, low), high) }));
}
