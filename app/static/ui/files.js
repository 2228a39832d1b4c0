// Files that a visitor saves, asked for one by one. What comes back has a component of its own on the page (see
// app/ui/files.py), since a live component gets frames, and each takes the place of the one before.
// The question is a value that the browser keeps and sends with whatever else it says, until the answer has come; so it
// cannot be lost on its way. The server answers as often as it is asked; what has been saved is not saved again.

import { save } from "./saving.js";

const waiting = []; // in the order in which they were asked for; the first is what the server is asked for now
let channel = null; // the component that is on the page: {root, setStateValue}
let count = 0;

/** Asks for the data of a chart, which the browser then saves: a promise that is kept when it has, or broken with why not. */
export function ask(chart) {
  return new Promise((resolve, reject) => {
    count += 1;
    waiting.push({ question: { id: `${Date.now()}-${count}`, chart }, resolve, reject });
    if (waiting.length === 1) say();
  });
}

/** Takes in what the component was sent: nothing yet, or {id, name, text}, or {id, problem} if there is no such file. */
export function deliver(root, { data, setStateValue }) {
  channel = { root, setStateValue };
  const answered = data?.id !== undefined;
  if (answered && waiting[0]?.question.id === data.id) {
    const { resolve, reject } = waiting.shift();
    if (data.problem) reject(new Error(data.problem));
    else {
      saveText(data);
      resolve();
    }
  }
  if (answered || waiting.length) say(); // the server forgets the file, or goes on to the next
  return () => {
    if (!root.isConnected && channel?.root === root) channel = null;
  };
}

function say() {
  channel?.setStateValue("wanted", waiting[0]?.question ?? null);
}

/** Has the browser save a text under a name. */
export function saveText({ name, text }) {
  const href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  save(href, name);
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}
