// Entry of the component that shows a sweep: app/sweep/component.py.

import { component } from "../ui/component.js";
import { SweepScreen } from "./screen.js";

/** Shows a frame: show(root, component). */
export const show = component(SweepScreen);
