// Files that a visitor saves, requested one by one. They arrive by a component of their own on the page (see
// app/ui/files.py), since each frame of a live component replaces the one before.
// The request is a value that Streamlit sends with every message until the answer has come, so it cannot be lost on its
// way. The server may answer more than once; a file that has been saved is not saved again.

import { takeNoRoom } from "./elements.js";
import { save } from "./saving.js";

const waiting = []; // requests in their order; the first one is with the server
let channel = null; // the component that is on the page: {root, setStateValue}
let count = 0;

/** Requests the data of a chart and saves them: a promise that resolves once they are saved, or rejects with a reason. */
export function ask(chart) {
  return new Promise((resolve, reject) => {
    count += 1;
    waiting.push({ request: { id: `${Date.now()}-${count}`, chart }, resolve, reject });
    if (waiting.length === 1) send();
  });
}

/** Receives what the server sent: nothing yet, or {id, name, text}, or {id, problem} if there is no such file. */
export function deliver(root, { data, setStateValue }) {
  channel = { root, setStateValue };
  takeNoRoom(root);
  const answered = data?.id !== undefined;
  if (answered && waiting[0]?.request.id === data.id) {
    const { resolve, reject } = waiting.shift();
    if (data.problem) reject(new Error(data.problem));
    else {
      saveText(data);
      resolve();
    }
  }
  if (answered || waiting.length) send(); // the server drops the file, or makes the next one
  return () => {
    if (!root.isConnected && channel?.root === root) channel = null;
  };
}

function send() {
  channel?.setStateValue("wanted", waiting[0]?.request ?? null);
}

/** Saves a text under a name. */
export async function saveText({ name, text }) {
  const href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  await save(href, name);
  setTimeout(() => URL.revokeObjectURL(href), 10_000);
}
