// Stands over the page until that is whole, so that nothing a visitor sees moves about while Streamlit puts the page
// together. On the front page it shows the recording that a first visit shows. It stands in the page as it is, before
// anything is drawn (app/front/opening.py).
(() => {
  const opening = document.getElementById("opening");
  const stored = (area, name) => {
    try {
      return name ? window[area].getItem(name) : Object.entries(window[area]);
    } catch {
      return name ? null : []; // storage is forbidden
    }
  };
  const asked = [...new URLSearchParams(location.search).keys()];
  if (asked.includes("embed")) return opening.remove();
  // The settings of a link are not those of the recording, and a tab that was here before may have a race of its own.
  opening.classList.toggle("blank", asked.length > 0 || Boolean(stored("sessionStorage", "visitor")));
  const [, theme = ""] = stored("localStorage").find(([name]) => name.startsWith("stActiveTheme-")) ?? [];
  const dark =
    /"name":"[^"]*dark/i.test(theme) ||
    (!/"name":"[^"]*light/i.test(theme) && matchMedia("(prefers-color-scheme: dark)").matches);
  opening.classList.add(dark ? "dark" : "light");

  const waiting = opening.classList.contains("waiting");
  const LOOK = 100; // ms between two looks
  const STILL = 3; // looks in which the height of the page must not change
  const PATIENCE = 5_000; // ms for the parts of a page whose script has run
  const LONG = 15_000; // ms for the charts of the front page
  const LONGEST = 60_000; // ms in all
  const parts = (selector) => [...document.querySelectorAll(`#root ${selector}`)];
  const loaded = () =>
    (waiting || parts(".st-key-charts").length === 0) && // else app/static/race/screen.js says when the charts are there
    document.fonts.status === "loaded" &&
    parts('[data-testid="stSkeleton"], .live-loading').length === 0 &&
    parts('[data-testid="stPlotlyChart"]').every((chart) => chart.querySelector(".main-svg")) &&
    parts("img").every((image) => image.complete);
  let [done, height, still] = [null, null, 0];
  const watch = setInterval(() => {
    const now = performance.now();
    const [app] = parts(".stApp");
    if (app?.dataset.testScriptState === "notRunning" && parts(".stElementContainer").length) done ??= now;
    const tall = parts(".stMainBlockContainer")[0]?.offsetHeight;
    still = tall === height ? still + 1 : 0;
    height = tall;
    const whole = done !== null && still >= STILL && loaded();
    const late = done !== null && now - done > (waiting ? PATIENCE : LONG);
    if (whole || late || now > LONGEST) opening.remove();
    if (!opening.isConnected) clearInterval(watch);
  }, LOOK);
})();
