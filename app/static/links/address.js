// The address of what is on screen, as the browser of the visitor knows it.

const NAMES = { controls: "controls", charts: "show", locked: "lock" };
const MOMENT = "step";
const PRESENTED = "present";

/**
 * The address of what is on screen.
 * @param here the address of the page. @param also parameters that it may lack.
 * @param moment step that the slider shows; null for the newest, or where there is no slider.
 * @param chosen {controls, charts, locked} of a teacher's link, each a list of names or null for all of them.
 * @param presented whether the page opens in presenter mode.
 */
export function addressOf(here, also, moment, chosen, presented = false) {
  const found = new URL(here);
  found.hash = "";
  const asked = found.searchParams;
  for (const [name, value] of Object.entries(also)) asked.set(name, value);
  for (const name of [...Object.values(NAMES), MOMENT, PRESENTED]) asked.delete(name);
  if (moment !== null) asked.set(MOMENT, moment);
  for (const part of ["controls", "charts"]) if (chosen[part]) asked.set(NAMES[part], chosen[part].join(",") || "none");
  if (!chosen.locked) asked.set(NAMES.locked, "all");
  else if (chosen.locked.length) asked.set(NAMES.locked, chosen.locked.join(","));
  if (presented) asked.set(PRESENTED, "1");
  found.search = asked.toString().replaceAll("%2C", ",");
  return found.href;
}

/** The moment that was chosen on the slider of the page; null for the newest, or where there is none. */
export function momentOnScreen() {
  return document.querySelector("#root .live-time")?.dataset.moment || null;
}

/** Whether an address leads to the machine of whoever opens it, which is not this one. */
export function isLocal(address) {
  const name = new URL(address).hostname;
  return name === "localhost" || name.endsWith(".localhost") || name === "[::1]" || /^(127|0)\./.test(name);
}
