// The pictures of the page, in their order; each has the form that card.js asks for: title, hint (what to look for),
// needs, uses, figure, quantities.

import { densities, outputs } from "./densities.js";
import { plane } from "./plane.js";
import { gain, bias, information } from "./courses.js";

const always = { needs: [], uses: ({ moment }) => [moment] };

export const CHARTS = {
  input: {
    title: "Input, and tanh over it",
    hint: () => "Area: density of the input. Does the steep part of a rule's tanh lie over it?",
    figure: densities,
    ...always,
  },
  output: {
    title: "Output",
    hint: () => "Does the density become flat, like the uniform one in grey? Then all levels are used equally.",
    figure: outputs,
    ...always,
  },
  plane: {
    title: "Path",
    hint: ({ mean }) =>
      `Do paths ${mean ? "(thin: mean ones) " : ""}follow the arrows, one rule's mean change, to rest at the grey marks?`,
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
    hint: (header, quantity) => HINTS[quantity],
    quantities: { entropy: "entropy / ln 30", quadratic: "quadratic potential" },
    figure: information,
    ...always,
  },
};

function course({ mean, rests }) {
  const long = (dash) => parseFloat(dash) > 5;
  const words = rests.map(({ label, dash }) => `${long(dash) ? "dashes" : "dots"} for ${label}`).join(", ");
  const grey = words && ` Grey: ${words}.`;
  return mean ? `Thin: mean course. Does it reach the rest?${grey}` : `Does it follow the prediction?${grey}`;
}

const HINTS = {
  entropy: "Entropy of the output on 30 bins, over ln 30: does it rise to the grey line? 1: all levels used equally.",
  quadratic: "Renyi's quadratic information potential, Σ p² / bin width: does it fall? At best 1/2, at worst 15.",
};
