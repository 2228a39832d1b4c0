// Entry of the component by which files come to the browser: app/ui/files.py.

import { deliver } from "../ui/files.js";

/** Receives an answer of the server: show(root, component). */
export const show = deliver;
