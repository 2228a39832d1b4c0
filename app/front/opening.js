// Decides, before anything is drawn, whether this visit begins with the opening: the recording that a first visit shows.
// Stands in the page as it is (app/front/opening.py).
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
  // A tab that was here before may have a race of its own.
  if (stored("sessionStorage", "visitor") || asked.includes("embed")) return opening.remove();
  opening.classList.toggle("blank", asked.length > 0); // the settings of a link are not those of the recording
  const [, theme = ""] = stored("localStorage").find(([name]) => name.startsWith("stActiveTheme-")) ?? [];
  const dark =
    /"name":"[^"]*dark/i.test(theme) ||
    (!/"name":"[^"]*light/i.test(theme) && matchMedia("(prefers-color-scheme: dark)").matches);
  opening.classList.add(dark ? "dark" : "light");
  // app/static/race/screen.js takes it away once the page shows the charts; else this does, if the page is another.
  const page = (selector) => document.querySelector(`#root ${selector}`);
  const watch = setInterval(() => {
    const done = page(".stApp")?.dataset.testScriptState === "notRunning" && page(".stElementContainer");
    if ((done && !page(".st-key-charts")) || performance.now() > 60_000) opening.remove();
    if (!opening.isConnected) clearInterval(watch);
  }, 500);
})();
