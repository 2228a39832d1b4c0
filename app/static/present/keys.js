// The keys of the presenter mode. Other keys are left to the page: S, P, N and the like press its buttons meanwhile.

const TEXT = /^(?:|text|search|number|email|url|tel|password|date|time|datetime-local|month|week|color|file)$/;

/** Whether keys that are pressed here write something, or belong to a list of choices. */
export function isTyping(target) {
  const field = target?.closest?.("input, textarea, select, [contenteditable='true'], [contenteditable='']");
  if (!field) return false;
  return field.tagName !== "INPUT" || TEXT.test(field.getAttribute("type") ?? "");
}

/** Does what a key stands for; returns whether it stands for something. */
export function act(presenter, event) {
  const { key, code, shiftKey, target } = event;
  const letter = key.toLowerCase();
  if (!presenter.isOpen) {
    if (letter !== "f" || shiftKey) return false;
    presenter.begin();
    return presenter.isOpen;
  }
  if (key === "Escape" || (letter === "f" && !shiftKey)) presenter.close();
  else if (key === " ") {
    if (target.closest?.("button, input")?.matches(":focus-visible")) return false; // it presses that button
    presenter.time?.toggle();
  } else if (key === "ArrowLeft" || key === "ArrowRight") presenter.time?.move(key === "ArrowRight" ? 1 : -1);
  else if (key === "Home" || key === "End") presenter.time?.jump?.(key === "End");
  else if (key === "ArrowDown" || key === "PageDown") presenter.turn(1);
  else if (key === "ArrowUp" || key === "PageUp") presenter.turn(-1);
  else if (letter === "l") return presenter.lesson.next();
  else {
    const number = /^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1] ?? /^[1-9]$/.exec(key)?.[0];
    if (!number) return false;
    if (presenter.lesson.asks) presenter.lesson.guess(Number(number));
    else presenter.choose(Number(number), presenter.several || (shiftKey && !/^[1-9]$/.test(key)));
  }
  return true;
}
