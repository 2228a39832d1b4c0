// The charts of the page, in their order, with the fields that race/charts.js describes.

import { number } from "../ui/numbers.js";
import { ofEach } from "../ui/sentences.js";
import { bias, gain, information } from "./courses.js";
import { densities, outputs } from "./densities.js";
import { BIAS, GAIN } from "./moment.js";
import { plane } from "./plane.js";

const ENTROPY = 2; // among the quantities of a moment, after gain and bias
const POTENTIAL = 3;
const INFORMATION = {
  entropy: said("entropy, at most 1", (value) => value(ENTROPY)),
  quadratic: said("quadratic potential, at least 0.5", (value) => value(POTENTIAL)),
};

/** The sentence of a chart: what a quantity is now for each rule; say(value) gets a function that reads one of them. */
function said(name, say) {
  return (moment, { methods }) => {
    const now = ofEach(methods, ({ index }) => say((at) => number(moment.value("now", index, at), 3)));
    return `update ${number(Math.floor(moment.step))}, ${name}: ${now}`;
  };
}

const always = { needs: [], uses: ({ moment }) => [moment] };

export const CHARTS = {
  input: {
    title: "Input, and tanh over it",
    hint: () => "Area: density of the input. A rule that works moves the steep part of its tanh over it.",
    figure: densities,
    says: said("gain and bias", (value) => `${value(GAIN)} and ${value(BIAS)}`),
    leads: true,
    ...always,
  },
  output: {
    title: "Output",
    hint: () => "A flat density, like the grey one, means that all output levels are used equally often.",
    figure: outputs,
    says: said("entropy of the output, at most 1", (value) => value(ENTROPY)),
    ...always,
  },
  plane: {
    title: "Path",
    hint: path,
    quantities: ({ fields }) => Object.fromEntries(fields.map(({ name, label }) => [name, `arrows: ${label}`])),
    figure: plane,
    says: said("gain and bias", (value) => `${value(GAIN)} and ${value(BIAS)}`),
    ...always,
  },
  gain: {
    title: "Gain",
    hint: course,
    figure: gain,
    says: said("gain", (value) => value(GAIN)),
    ...always,
  },
  bias: {
    title: "Bias",
    hint: course,
    figure: bias,
    says: said("bias", (value) => value(BIAS)),
    ...always,
  },
  information: {
    title: "Information",
    hint: (_, quantity) => HINTS[quantity],
    quantities: { entropy: "entropy / ln 30", quadratic: "quadratic potential" },
    figure: information,
    says: (moment, look, quantity) => INFORMATION[quantity](moment, look),
    ...always,
  },
};

const OPEN = {
  circle: "○",
  square: "□",
  diamond: "◇",
  "triangle-up": "△",
  "triangle-down": "▽",
  pentagon: "⬠",
  hexagon: "⬡",
  cross: "✚",
  star: "☆",
  bowtie: "⋈",
  hourglass: "⧖",
  "star-diamond": "✧",
}; // how the mark of a rule that has a rest of its own looks on the plane

function path({ mean, rests }, _, methods) {
  const shown = among(rests, methods);
  const own = shown
    .filter(({ symbol }) => symbol !== "x")
    .map(({ symbol, label }) => `${label}: ${OPEN[symbol.replace("-open", "")]}`)
    .join(", ");
  const shared = shown.some(({ symbol }) => symbol === "x");
  const ends = shared ? ` Paths end at ✕${own && ` (${own})`}.` : own && ` Paths end at ${own}.`;
  return `Arrows: the average change under one rule.${ends}${mean ? " Thin: average paths." : ""}`;
}

function course({ mean, rests }, _, methods) {
  const shown = among(rests, methods);
  const long = ({ dash }) => parseFloat(dash) > 5;
  const lines = [
    ["dashes", shown.filter(long)],
    ["dots", shown.filter((rest) => !long(rest))],
  ];
  const words = lines
    .filter(([, drawn]) => drawn.length)
    .map(([name, drawn]) => `${name}: ${drawn.map(({ label }) => label).join(", ")}`)
    .join("; ");
  return `Grey marks where theory says each rule settles${words && ` (${words})`}.${mean ? " Thin: average course." : ""}`;
}

/** Those rests that are marked: of a method that is shown. */
function among(rests, methods) {
  return rests.filter(({ of }) => methods.some(({ name }) => of.includes(name)));
}

const HINTS = {
  entropy: "A neuron conveys most, 1, when it uses all its output levels equally often. Grey: at rest, in theory.",
  quadratic:
    "Renyi's quadratic information potential, Σ p² / bin width: 1/2 conveys most, 15 nothing. Grey: at rest, in theory.",
};
