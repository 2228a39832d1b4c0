// Entry of the component that shows a race: app/race/component.py.

import { component } from "../ui/component.js";
import { RaceScreen } from "./screen.js";

/** Shows a frame: show(root, component). */
export const show = component(RaceScreen);
