"""Charts in a real Chromium: any size and number of panels, and names of marks that cover nothing."""

from __future__ import annotations

from browser_tab import Tab


def test_charts_take_any_size_and_any_number_of_panels_with_values_or_without(guest: Tab) -> None:
    """One panel becomes two in every way that can be when frames are overtaken, or a chart was out of sight."""
    drawn = guest.page.evaluate(
        """async () => {
          const [{ Card }, { CHARTS }] = await Promise.all(
            ["ui/card", "race/charts"].map(module => import(`/app/static/${module}.js`)));
          const card = new Card("gradient_map", CHARTS.gradient_map, { draw() {}, download() {} });
          document.querySelector(".live").append(card.element);
          const theme = {
            text: "#000", grid: "#ccc", line: "#999", grey: "#888", background: "#fff", font: "sans-serif" };
          const all = ["plain", "IP"].map((name, index) => ({ name, label: name, index, color: "#a00" }));
          const states = panels => [255, 9].flatMap(level => [400, 900].map(
            width => ({ panels, level, size: [width, 290] })));
          const sizes = [[0, 0], [1, 290], [140, 290], [400, 0], [400, 60]];
          const draw = ({ panels, level, size }) => {
            const header = { decades: { weight_gradient: [-8, 0] }, horizon: 100, asked: null, step: 5, depth: 3 };
            const values = new Uint8Array(24).fill(level, 0, 12).fill(255, 12); // of the second method none are known
            Object.assign(card, { size, seen: true });
            const frame = { header, arrays: { gradient_map: { shape: [2, 3, 4], values } } };
            return card.draw(Plotly, frame, { theme, methods: all.slice(0, panels) });
          };
          let drawn = 0;
          for (const one of states(1)) for (const two of states(2)) drawn += draw(one) + draw(two);
          const small = sizes.filter(size => draw({ ...states(1)[0], size }));
          await new Promise(requestAnimationFrame); // Plotly is done, and what the browser had to say has come
          card.close(Plotly);
          card.element.remove();
          return [drawn, small];
        }"""
    )
    assert drawn == [32, []]
    assert guest.wrong == []


def test_names_of_marks_cover_neither_one_another_nor_the_line_of_another(guest: Tab) -> None:
    """Marks wherever they may be: each is named once, with the value that its setting came to."""
    covered = guest.page.evaluate(
        """async () => {
          const [curves, plot] = await Promise.all(
            ["curves", "plot"].map(part => import(`/app/static/ui/${part}.js`)));
          const theme = {
            text: "#000", grid: "#ccc", line: "#999", grey: "#888", background: "#fff", font: "sans-serif" };
          const width = 400, horizon = 1000;
          const row = 17 * horizon / (width - plot.MARGIN.l - plot.MARGIN.r);
          const values = { shape: [1, 1, 0], values: [] };
          const arrays = { loss: values, loss_steps: { values: [] } };
          const near = [0.1, 0.6, 1.2, 1.7, 2.5].map(rows => Math.round(rows * row));
          const wrong = [];
          const rates = ["learning rate", "intrinsic rate"];
          const places = [1, near[2], 500].flatMap(
            start => near.flatMap(a => near.map(b => [start, start + a, start + a + b])));
          for (const steps of places) for (let kinds = 0; kinds < 8; kinds += 1) {
            const marks = steps.map((step, at) => [step, rates[(kinds >> at) & 1], `${at}`]);
            const header = { marks, horizon, asked: null, diverged: [], chance: { loss: 1 } };
            const { layout } = curves.loss({ header, arrays }, { theme, width, height: 300, methods: [] });
            const names = layout.annotations.map(({ x, xanchor, text }) => {
              const wide = row * text.split("<br>").length;
              return xanchor === "right" ? [x - wide, x, text] : [x, x + wide, text];
            });
            const clear = names.every(([, end], at) => at + 1 === names.length || end <= names[at + 1][0] + 1e-9);
            const named = names.map(([, , text]) => text).join("<br>").split("<br>");
            const last = marks.every(([, setting, value], at) =>
              marks.slice(at + 1).some(([, other]) => other === setting) || named.includes(`${setting} ${value}`));
            if (!clear || !last) wrong.push([steps, kinds, names]);
          }
          return wrong;
        }"""
    )
    assert covered == []
    assert guest.wrong == []


def test_no_name_of_a_mark_covers_the_curve(guest: Tab) -> None:
    """The names of changes stand above the axes, at every moment that is looked at."""
    named = guest.page.evaluate(
        """async () => {
          const curves = await import("/app/static/ui/curves.js");
          const theme = {
            text: "#000", grid: "#ccc", line: "#999", grey: "#888", background: "#fff", font: "sans-serif" };
          const arrays = { loss: { shape: [1, 1, 0], values: [] }, loss_steps: { values: [] } };
          const names = (asked, ...marked) => {
            const marks = marked.map(at => [at, "learning rate", String(at)]);
            const header = { marks, horizon: 1000, asked, step: 500, diverged: [], chance: { loss: 1 } };
            const { layout } = curves.loss({ header, arrays }, { theme, width: 400, height: 300, methods: [] });
            const written = layout.annotations.filter(({ text }) => text.includes("learning rate"));
            return written.every(({ y, yref }) => yref === "paper" && y >= 1)
              && written.some(({ text }) => text.split("<br>").includes(`learning rate ${marked.at(-1)}`));
          };
          return [names(500, 520), names(500, 650), names(500, 480), names(500, 500), names(500, 400, 520, 900),
                  names(null, 520)];
        }"""
    )
    assert named == [True] * 6
    assert guest.wrong == []


def test_a_chart_says_on_how_many_examples_each_of_its_points_was_tested(guest: Tab) -> None:
    """Before the first test that is not known."""
    hints = guest.page.evaluate(
        """async () => {
          const { CHARTS } = await import("/app/static/race/charts.js");
          return [null, 500]
            .map(examples => CHARTS.accuracy.hint({ examples, noun: "digits", seeds: 1 }));
        }"""
    )
    assert hints == ["Accuracy on unseen digits.", "Accuracy on 500 unseen digits."]
