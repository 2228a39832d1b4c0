// The charts of the page, in their order. A chart has:
//   title, hint(header, quantity): what it shows and what to look for;
//   needs: the names of the arrays that it draws; uses(header): the parts of the header that it depends on;
//   figure(frame, look) -> {data, layout};
//   says(frame, look, quantity): the same in a sentence; leads: whether it is said aloud as it changes;
//   pace: ms between draws while the run goes on, for a chart that changes slowly and takes long to draw;
//   finer: whether the server has more points of a part of it that a visitor zooms in on;
//   absent(header): whether there is nothing to show, so that the card is hidden;
//   extra {text, title}: a checkbox on the card that shows grey lines.
// A look has: theme, methods (those shown, with index and colour), width, height, quantity, switched (whether extra is
// checked), revision, touch, zoom.

import * as curves from "../ui/curves.js";
import { number } from "../ui/numbers.js";
import * as layers from "./layers.js";
import * as maps from "./maps.js";

export const CHARTS = {
  loss: {
    title: "Training loss",
    hint: (header) => `Lower is better. Dotted: guessing. Mean of ${minibatches(header)}.${beyond(header)}`,
    needs: ["loss_steps", "loss"],
    uses: curves.uses,
    figure: curves.loss,
    says: curves.said("loss"),
    finer: true,
  },
  accuracy: {
    title: "Test accuracy",
    hint: (header) => `Accuracy on ${examples(header)}.${tests(header)}`,
    needs: ["accuracy_steps", "accuracy"],
    uses: curves.uses,
    figure: curves.accuracy,
    says: curves.said("accuracy", curves.atTest),
    leads: true,
    finer: true,
  },
  gradient: {
    title: "Gradient by layer",
    hint: (header, quantity) => `${GRADIENT_HINTS[quantity]}${measured(header)}`,
    needs: Object.keys(layers.QUANTITIES).flatMap((name) => [name, `${name}_theory`]),
    uses: ({ decades, depth }) => [decades, depth],
    quantities: layers.QUANTITIES,
    extra: layers.THEORY,
    figure: layers.gradient,
    says: layers.saidOfLayers(),
  },
  gradient_map: {
    title: "Gradient over time",
    hint: () => "Mean |dL/dW|, input side at the bottom. A dark layer does not learn; a bright layer does.",
    needs: ["gradient_map"],
    pace: 400,
    uses: ({ decades, horizon, asked, step }) => [decades, horizon, asked === null ? null : step],
    figure: maps.gradientMap,
    says: layers.saidOfLayers("weight_gradient"),
  },
  response: {
    title: "Slope by layer",
    hint: (header) =>
      header.responds
        ? `Mean dy/dx = gain (1 − y²): how much of a change of its input a neuron passes on. 1 passes all on.${measured(header)}`
        : "This recording does not hold dy/dx: it was made before that was measured.",
    needs: ["response"],
    uses: ({ depth, response }) => [depth, response],
    figure: layers.response,
    says: layers.saidOfLayers("response"),
  },
  information: {
    title: "Information by layer",
    hint: (header) => `A neuron conveys most when it uses all its output levels equally often.${informed(header)}`,
    needs: ["entropy"],
    uses: ({ depth }) => [depth],
    figure: layers.ofLayers("entropy", { range: [0, 1.04], dtick: 0.2, title: "entropy / ln 30" }),
    says: layers.saidOfLayers("entropy"),
  },
  gain: {
    title: "Gain",
    hint: (header) =>
      `How steep each neuron's tanh has become; a plain network's stays at 1. ${which(header)}.${measured(header)}`,
    needs: ["gain"],
    uses: ({ gain, layer }) => [gain, layer],
    figure: layers.gain,
    says: layers.saidOfBins("gain", layers.GAIN_AT),
  },
  bias: {
    title: "Bias",
    hint: (header) => `How far each neuron's tanh has been shifted. ${which(header)}.${measured(header)}`,
    needs: ["bias"],
    uses: ({ bias, layer }) => [bias, layer],
    figure: layers.bias,
    says: layers.saidOfBins("bias", layers.BIAS_AT),
  },
  activity: {
    title: "Activity",
    hint: (header) =>
      `Flat, on the dotted line, conveys most; a peak at 0, little. ±1 is saturated. ${which(header)}.${informed(header)}`,
    needs: ["activity"],
    uses: ({ layer }) => [layer],
    figure: layers.activity,
    says: layers.saidOfBins("activity", (at) => 2 * at - 1),
  },
  surface: {
    title: "Decision surface",
    hint: ({ seeds, drawn }) =>
      `The class that each network predicts at each point; it should follow the data. Step ${count(drawn ?? 0)}${seeds > 1 ? ", first seed" : ""}.`,
    absent: ({ extent }) => !extent,
    needs: ["surface", "points"],
    uses: ({ extent, drawn }) => [extent, drawn],
    figure: maps.surface,
    says: maps.saidOfSurface,
  },
};

const GRADIENT_HINTS = {
  weight_gradient: "High and flat means every layer learns. Grey: theory for untrained networks.",
  error_signal: "A fall to the left means that the error signal vanishes. Grey: theory for untrained networks.",
};

/** What a point of the loss is a mean of, and what its band is. */
function minibatches({ bucket, seeds }) {
  const of = [bucket === 1 ? "one minibatch" : `${count(bucket)} minibatches`];
  if (seeds > 1) of.push(`${seeds} seeds`);
  return `${of.join(", ")}${bucket > 1 || seeds > 1 ? "; band: lowest to highest" : ""}`;
}

/** The same for the accuracy. */
function tests({ tests: most, seeds }) {
  const of = [];
  if (seeds > 1) of.push(`${seeds} seeds`);
  if (most > 1) of.push(`up to ${most} tests`);
  return of.length ? ` Mean of ${of.join(", ")}; band: lowest to highest.` : "";
}

/** The highest loss, where the axis leaves it out. */
function beyond({ beyond: found }) {
  return found ? ` Up to ${number(found[0])} at about step ${count(found[1])}, beyond this chart.` : "";
}

/** How many test examples each point of the curve is measured on; not known before the first test. */
function examples({ examples: some, noun }) {
  return some ? `${count(some)} unseen ${noun}` : `unseen ${noun}`;
}

/** On how many examples, and when, the information of the layers was measured. */
function informed({ information }) {
  if (!information) return "";
  const [step, examples, ofMinibatch] = information;
  const many = `${count(examples)} example${examples === 1 ? "" : "s"}`;
  const on = ofMinibatch ? `a minibatch of ${many}: the fewer, the lower it reads` : `${count(examples)} test examples`;
  return ` On ${on}; step ${count(step)}.`;
}

/** When the layers were measured, where that is not the moment that is shown: they are measured less often than the loss. */
function measured({ asked, step, snapshot }) {
  return asked === null || snapshot === null || snapshot === step ? "" : ` Step ${count(snapshot)}.`;
}

function count(number) {
  return number.toLocaleString("en");
}

function which({ layer }) {
  return layer === null ? "All layers" : `Layer ${layer + 1}`;
}
