// Which charts are presented, and how large. Pure but for what the tab keeps.

const KEPT = "presented";
/** A chart of one of these names is shown first, where nobody has chosen. */
export const DEFAULTS = ["accuracy", "lines", "map", "plane"];
const AREA = [960, 470]; // px: a window so large shows letters as they are on a page
const LEAST = 1.2; // times as large as on a page

/** Names of charts: those that a link wants presented ("1": whichever), or that this tab showed when it was reloaded. */
export function asked(wanted) {
  const text = wanted ?? kept();
  if (text === null || text === undefined) return null;
  return text.split(",").filter((name) => /^[\w-]+$/.test(name) && name !== "1");
}

function kept() {
  try {
    const { page, names } = JSON.parse(sessionStorage.getItem(KEPT)) ?? {};
    return page === location.pathname ? names.join() : null;
  } catch {
    return null; // nothing may be kept
  }
}

/** Keeps what is presented, for a reload of the tab. */
export function remember(names) {
  try {
    sessionStorage.setItem(KEPT, JSON.stringify({ page: location.pathname, names }));
  } catch {
    // nothing may be kept
  }
}

export function forget() {
  try {
    sessionStorage.removeItem(KEPT);
  } catch {
    // nothing is kept
  }
}

/** How many times as large as on a page everything is drawn: twice in a window of 1920 x 1080. */
export function scaleOf(width, height) {
  return Math.max(LEAST, Math.round(100 * Math.min(width / AREA[0], height / AREA[1])) / 100);
}

/** In how many columns so many charts stand: as many as leave them wider than high. */
export function columns(count, width, height) {
  const fits = Math.sqrt((count * width) / (1.5 * height));
  return Math.min(Math.max(1, Math.round(fits)), Math.max(1, count));
}
