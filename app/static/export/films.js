// Films, which stand in for the server on an exported page: they give a screen the frames that it requests.

import { RaceScreen } from "../race/screen.js";
import { SweepScreen } from "../sweep/screen.js";
import { saveText } from "../ui/files.js";

class Film {
  /** @param screen the screen that shows it. @param tables its tables as CSV. @param state first values of what the screen sets. */
  constructor(screen, tables, state) {
    Object.assign(this, { screen, tables }, state);
    screen.ask = async (chart) => saveText({ name: `${chart}.csv`, text: this.table(chart) });
    this.show();
  }

  show() {
    this.screen.receive({
      data: this.frame(),
      // Later: the screen is in the middle of something when it asks.
      setStateValue: (name, value) => {
        this[name] = value;
        queueMicrotask(() => this.show());
      },
    });
    for (const card of this.screen.cards) card.menu.buttons.CSV.hidden = this.table(card.name) === undefined;
  }
}

/** The film of a race (app/race/film.py): its moments. */
class RaceFilm extends Film {
  constructor(root, { header, arrays }, tables, plotting) {
    super(new RaceScreen(root, plotting), tables, { moments: header.moments, arrays, step: null, layer: null });
  }

  /** The frame of the last moment up to a step (null: the newest), with the histograms of one layer (null: of all). */
  frame() {
    const { moments, step, layer } = this;
    const place = step === null ? -1 : moments.findLastIndex(({ header }) => header.step <= step);
    const { header, arrays: numbers, layers } = moments.at(place);
    const arrays = named({ ...numbers, ...layers[layer] }, this.arrays);
    return { header: { ...header, asked: step, layer: layers[layer] ? layer : null }, arrays };
  }

  table(chart) {
    return this.tables[chart];
  }
}

/** The film of a sweep (app/sweep/film.py): its points. */
class SweepFilm extends Film {
  constructor(root, { header, arrays }, tables, plotting) {
    super(new SweepScreen(root, plotting), tables, { film: header, arrays, picked: null });
  }

  /** The frame of the point that is picked, or of the best; of the best also if the film has no other. */
  frame() {
    const { film, picked } = this;
    const at = picked?.point in film.points ? picked.point : film.header.best;
    const { header, arrays: numbers } = film.points[at];
    const arrays = named({ ...film.shared, ...numbers }, this.arrays);
    return { header: { ...film.header, ...header, followed: picked === null }, arrays };
  }

  table(chart) {
    const { results, curves } = this.tables;
    return chart === "lines" || chart === "map" ? results[0] : curves[this.frame().header.picked];
  }
}

function named(numbers, arrays) {
  return Object.fromEntries(Object.entries(numbers).map(([name, number]) => [name, arrays[number]]));
}

export const FILMS = { race: RaceFilm, sweep: SweepFilm };
