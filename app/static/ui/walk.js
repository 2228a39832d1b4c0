// Walks through what does not play by itself, a moment a second.

const PACE = 1000; // ms

/** Gives toggle() to what can only be moved. */
export class Walk {
  /** @param move function(by), which returns whether there was somewhere to go. */
  constructor(move) {
    this.move = move;
    this.playing = false;
  }

  toggle() {
    this.playing = !this.playing;
    clearInterval(this.timer);
    if (!this.playing) return;
    this.timer = setInterval(() => {
      if (this.move(1)) return;
      this.playing = false;
      clearInterval(this.timer);
    }, PACE);
  }
}
