// The button "Copy link" and its panel: the address of what is on screen, its QR code, and a teacher's link.

import { make, put } from "../ui/elements.js";
import { themeAt } from "../ui/theme.js";
import { addressOf, isLocal, momentOnScreen } from "./address.js";
import { Boxes } from "./boxes.js";

const PAUSE = 250; // ms from the last box that was ticked to the request of a code
const AGAIN = 2000; // ms after which a code is asked for once more, since a page that is drawn anew may lose a request
const REPAINTED = 300; // ms after which a page has the colours of another theme
const SVG = "http://www.w3.org/2000/svg";
const LOCAL =
  "Nobody else can open this address: it leads to the computer on which it is opened. To let others on your network in, " +
  "start the server with “ADDRESS=0.0.0.0 make run”, open the page by this computer's address in the network, as in " +
  "http://192.168.1.20:8501, and copy the link there.";
const HOLDS =
  "The link holds what is set and chosen on the page, not a run: whoever opens it sees a recording with exactly these " +
  "settings if this server has one, and otherwise presses Start.";
const TEACHER =
  "Tick what those who open the link see, and what they cannot change. This is a convenience, no protection: “Show " +
  "everything” in the sidebar brings all of it back.";

export class Panel {
  constructor(root) {
    const button = (text, className, onclick) => make("button", { className, onclick }, text);
    const open = button("Copy link", "links-open", () => this.open());
    open.title = "Copy the address of what is on screen; show its QR code; make a teacher's link";
    this.boxes = new Boxes(() => this.renew());
    this.said = make("p", { className: "links-said" });
    this.said.setAttribute("role", "status");
    this.field = make("textarea", { readOnly: true, rows: 3, spellcheck: false, ariaLabel: "Address" });
    this.field.onfocus = () => this.field.select();
    this.copying = button("Copy", "links-copy", () => this.copy());
    this.large = button("Fill the screen with the code", "", () => this.enlarge(!this.dialog.matches(".large")));
    this.presented = make("input", { type: "checkbox", onchange: () => this.renew() });
    this.presenting = make("label", { className: "links-present" }, this.presented, "Opens in presenter mode");
    this.local = make("p", { className: "links-local" }, LOCAL);
    this.code = make("div", { className: "links-code" });
    this.printed = make("p", { className: "links-printed", ariaHidden: "true" });
    this.holds = make("p", { className: "links-holds" }, HOLDS);
    this.here = make("a", {}, "Open this link here");
    const clear = button("Show everything, lock nothing", "", () => this.boxes.clear());
    const acts = make("div", { className: "links-acts" }, this.here, clear);
    const summary = make("summary", {}, "A teacher's link");
    this.teacher = make("details", {}, summary, make("p", {}, TEACHER), this.boxes.element, acts);
    const close = button("✕", "links-close", () => this.dialog.close());
    close.ariaLabel = "Close";
    const words = make(
      "div",
      { className: "links-words" },
      this.said,
      this.field,
      make("div", { className: "links-acts" }, this.copying, this.large, this.presenting),
      this.local,
      this.holds,
      this.teacher,
    );
    this.dialog = make(
      "dialog",
      { className: "links-panel", ariaLabel: "Link to what is on screen" },
      make("header", {}, make("h2", {}, "Link to what is on screen"), close),
      make("div", { className: "links-main" }, make("div", {}, this.code, this.printed), words),
    );
    // Letters stand for buttons of the page, which is not to hear them from here.
    this.dialog.addEventListener("keydown", (event) => event.stopPropagation());
    this.dialog.addEventListener("close", () => this.leave());
    this.dialog.addEventListener("click", ({ target }) => target === this.dialog && this.dialog.close()); // beside it
    root.replaceChildren(open, this.dialog);
    this.root = root;
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.lookSoon());
  }

  /** Has the server told if the page has changed from light to dark or back, once the new colours are there. */
  lookSoon() {
    clearTimeout(this.looking);
    this.looking = setTimeout(() => {
      if (!this.root.isConnected) return;
      const { dark } = themeAt(this.root);
      if (this.dark !== undefined && this.dark !== dark) this.set("dark", dark);
      this.dark = dark;
    }, REPAINTED);
  }

  /** Receives what the server sent: the parts of the page, and the code that was asked for. */
  receive({ data, setStateValue }) {
    if (!data) return;
    this.set = setStateValue;
    this.lookSoon();
    this.data = data;
    this.boxes.receive(data);
    this.teacher.hidden = !this.boxes.any;
    this.holds.hidden = !data.controls.length;
    if (this.dialog.open) this.renew();
  }

  open() {
    this.enlarge(false);
    this.dialog.showModal();
    this.renew();
    this.copying.focus();
    this.copy();
  }

  /** Called when the panel is closed or leaves the page: the server need not send the code any more. */
  leave() {
    clearTimeout(this.asking);
    if (this.asked) this.set("wanted", null);
    this.asked = null;
    this.said.textContent = "";
  }

  enlarge(large) {
    this.dialog.classList.toggle("large", large);
    this.large.textContent = large ? "Smaller" : "Fill the screen with the code";
  }

  /** Writes the address of what is on screen now, and asks for its code. */
  renew() {
    put(this.presenting, { hidden: !canBePresented() });
    const presented = canBePresented() && this.presented.checked;
    const address = addressOf(location.href, this.data.also, momentOnScreen(), this.boxes.chosen(), presented);
    if (this.field.value !== address) {
      this.field.value = address;
      if (this.said.textContent) this.said.textContent = "";
    }
    put(this.here, { href: address });
    put(this.printed, { textContent: address });
    this.local.hidden = !isLocal(address);
    this.draw(address);
  }

  draw(address) {
    const { code } = this.data;
    const fits = code?.address === address;
    this.code.classList.toggle("waits", !fits);
    if (fits) {
      clearTimeout(this.asking);
      if (this.drawn !== address) this.code.replaceChildren(picture(code));
      this.drawn = address;
    } else if (this.asked !== address) {
      clearTimeout(this.asking);
      this.asking = setTimeout(() => this.ask(address), this.asked ? PAUSE : 0);
    }
  }

  /** Asks for a code; not while the server draws the page, which is when its address may change. */
  ask(address) {
    const { testScriptState = "notRunning" } = document.querySelector(".stApp")?.dataset ?? {};
    if (testScriptState !== "notRunning") {
      this.asking = setTimeout(() => this.ask(address), PAUSE);
      return;
    }
    this.tries = this.asked === address ? this.tries + 1 : 0;
    this.asked = address;
    this.set("wanted", this.tries ? `${address}#${this.tries}` : address); // what is the same would not be sent
    this.asking = setTimeout(() => this.ask(address), AGAIN);
  }

  async copy() {
    const copied = await written(this.field);
    this.said.textContent = "";
    this.said.textContent = copied
      ? "Copied: the link is in the clipboard."
      : "This browser lets a page without https copy nothing. The link is selected: press Ctrl+C, or ⌘C on a Mac; on a " +
        "phone touch it and choose Copy.";
  }
}

/** Whether the page has charts that the presenter mode can show (app/static/present). */
function canBePresented() {
  return document.documentElement.classList.contains("presentable");
}

/** Copies the text of a field; returns whether that was allowed. If not, the text is selected. */
async function written(field) {
  try {
    await navigator.clipboard.writeText(field.value); // there is none on plain http, but for this computer itself
    return true;
  } catch {
    const before = document.activeElement;
    field.focus();
    field.select();
    if (!document.execCommand("copy")) return false; // old, but it works on plain http
    before?.focus();
    return true;
  }
}

/** The picture of a code: dark on light in both themes, since cameras want it so. */
function picture({ size, path, address }) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${size} ${size}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `QR code of ${address}`);
  svg.setAttribute("shape-rendering", "crispEdges");
  const modules = document.createElementNS(SVG, "path");
  modules.setAttribute("d", path);
  svg.append(modules);
  return svg;
}
