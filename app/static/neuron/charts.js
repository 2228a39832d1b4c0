// The pictures of the page, in their order; each has the form that card.js asks for: title, hint (what to look for),
// needs, uses, figure, quantities.

import { bias, gain, information } from "./courses.js";
import { densities, outputs } from "./densities.js";
import { plane } from "./plane.js";

const always = { needs: [], uses: ({ moment }) => [moment] };

export const CHARTS = {
  input: {
    title: "Input, and tanh over it",
    hint: () => "Area: density of the input. A rule that works moves the steep part of its tanh over it.",
    figure: densities,
    ...always,
  },
  output: {
    title: "Output",
    hint: () => "A flat density, like the grey one, means that all output levels are used equally often.",
    figure: outputs,
    ...always,
  },
  plane: {
    title: "Path",
    hint: ({ mean }) =>
      `Arrows: the average change under one rule. Paths end at ✕ (batch norm: □).${mean ? " Thin: average paths." : ""}`,
    quantities: ({ fields }) => Object.fromEntries(fields.map(({ name, label }) => [name, `arrows: ${label}`])),
    figure: plane,
    ...always,
  },
  gain: {
    title: "Gain",
    hint: course,
    figure: gain,
    ...always,
  },
  bias: {
    title: "Bias",
    hint: course,
    figure: bias,
    ...always,
  },
  information: {
    title: "Information",
    hint: (_, quantity) => HINTS[quantity],
    quantities: { entropy: "entropy / ln 30", quadratic: "quadratic potential" },
    figure: information,
    ...always,
  },
};

function course({ mean, rests }) {
  const long = (dash) => parseFloat(dash) > 5;
  const words = rests.map(({ label, dash }) => `${long(dash) ? "dashes" : "dots"} for ${label}`).join(", ");
  return `Grey marks where theory says each rule settles${words && ` (${words})`}.${mean ? " Thin: the average course." : ""}`;
}

const HINTS = {
  entropy: "A neuron conveys most, 1, when it uses all its output levels equally often. Grey: at rest, in theory.",
  quadratic:
    "Renyi's quadratic information potential, Σ p² / bin width: 1/2 conveys most, 15 nothing. Grey: at rest, in theory.",
};
