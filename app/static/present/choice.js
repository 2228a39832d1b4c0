// Which charts are presented, and how large. Pure but for what the tab keeps.

const KEPT = "presented";
/** A chart of one of these names is shown first, where nobody has chosen. */
export const DEFAULTS = ["accuracy", "lines", "map", "plane"];
const AREA = [960, 470]; // px: a window so large shows letters as they are on a page
const SHAPE = 1.5; // the width of a chart, in heights, that suits it
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

/** In how many columns so many charts stand: such that their shape comes nearest to the one that suits a chart. */
export function columns(count, width, height) {
  const cost = (across) => Math.abs(Math.log(width / across / (height / Math.ceil(count / across)) / SHAPE));
  const all = Array.from({ length: Math.max(1, count) }, (_, index) => index + 1);
  return all.reduce((best, across) => (cost(across) < cost(best) ? across : best));
}
