// Entry of the component of the page "One neuron": app/neuron/component.py.

import { component } from "../ui/component.js";
import { NeuronScreen } from "./screen.js";

/** Shows a frame: show(root, component). */
export const show = component(NeuronScreen);
