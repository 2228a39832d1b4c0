// Lessons in the presenter mode: the next one, and the question of one that has not been answered.

import { make, press } from "../ui/elements.js";

const PAGE = "#root .stMain";

export class Lesson {
  constructor() {
    this.element = make("section", { className: "present-lesson" });
  }

  /** Whether the page is one of the lessons. */
  get isOpen() {
    return Boolean(document.querySelector(`${PAGE} .lesson-place`));
  }

  /** Which lesson it is, and how the guess was; empty on other pages. */
  get title() {
    return this.isOpen ? `${text(".lesson-place")}: ${text("h1")}. ${text(".lesson-verdict")}` : "";
  }

  /** Whether it waits for a guess. */
  get asks() {
    return this.element.isConnected && Boolean(document.querySelector(`${PAGE} .st-key-reveal`));
  }

  get hasNext() {
    return Boolean(document.querySelector(`${PAGE} .st-key-after button`));
  }

  /** Opens the next lesson; returns whether there is one. */
  next() {
    return press(`${PAGE} .st-key-after button`);
  }

  /** Shows the question in large letters while there is no chart to show. */
  show(place, needed) {
    clearTimeout(this.looking);
    if (!needed || !this.isOpen) return this.element.remove();
    const answers = [...document.querySelectorAll(`${PAGE} [role="radiogroup"] label`)];
    const question = document.querySelector(`${PAGE} .stMarkdown p`)?.cloneNode(true) ?? "";
    const key = [text(".lesson-place"), text("h1"), question.textContent, answers.length].join();
    if (key !== this.key || !this.element.isConnected) {
      this.key = key;
      this.element.replaceChildren(
        make("p", { className: "present-place" }, text(".lesson-place")),
        make("h2", {}, text("h1")),
        question,
        make(
          "ol",
          {},
          ...answers.map((answer, index) =>
            make("li", {}, make("button", { onclick: () => this.guess(index + 1) }, answer.textContent)),
          ),
        ),
      );
      place.append(this.element);
    }
    this.looking = setTimeout(() => this.show(place, this.element.isConnected), 400); // the page changes by itself
  }

  /** Makes a guess, from 1, and has what happens shown. */
  guess(number) {
    const answer = document.querySelectorAll(`${PAGE} [role="radiogroup"] label input`)[number - 1];
    if (!answer) return;
    answer.click();
    const began = performance.now();
    const reveal = () => {
      if (!press(`${PAGE} .st-key-reveal button`) && performance.now() - began < 5000) setTimeout(reveal, 100);
    };
    setTimeout(reveal, 100); // the button waits for the server to know the answer
  }
}

function text(selector) {
  return document.querySelector(`${PAGE} ${selector}`)?.textContent ?? "";
}
