// Draws the shipped recording in the opening, and only then has Streamlit begin, whose scripts keep a browser busy for as
// long as a picture takes (app/front/opening.py).
const PATIENCE = 1_500; // ms for the picture
const root = document.querySelector("#opening:not(.blank) .live");
const drawn = async () => {
  const frame = fetch("FILES/FRAME").then((found) => found.arrayBuffer());
  const { show } = await import("FILES/race/all.js");
  const data = new Uint8Array(await frame);
  if (root.isConnected) show(root, { data, setStateValue() {} });
  await new Promise((painted) => requestAnimationFrame(() => setTimeout(painted)));
};
const late = new Promise((passed) => setTimeout(passed, PATIENCE));
if (root) await Promise.race([drawn().catch(() => {}), late]);
await import("ENTRY");
