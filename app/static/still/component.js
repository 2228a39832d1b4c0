// Entry of the component for still pictures: each stands on a card like those of the live charts.

import { component } from "../ui/component.js";
import { StillScreen } from "./screen.js";

export const show = component(StillScreen);
