// The page of a search: how the best came about, beside what plots.js draws. The table is there already.
function story(run) {
  const lines = [run.name, `${data.metric}: ${shown(run.metrics[data.metric])}`];
  for (const name of data.params) if (name in run.params) lines.push(`${name}: ${run.params[name]}`);
  return lines.join("\n");
}

function drawTable() {
  for (const run of runs) document.getElementById(run.run_id).classList.toggle("picked", isPicked(run));
}

// ---- The value of each trial, and the best so far as steps.
function drawHistory() {
  const box = { left: 90, right: 960, top: 40, bottom: 380 };
  const value = (run) => run.metrics[data.metric];
  const svg = canvas(section("history"), 1140, 430, `${data.metric} by trial`);
  const x = scale({ values: runs.map((run) => run.number), isNumeric: true }, box.left, box.right);
  const y = scale({ values: runs.map(value), isNumeric: true }, box.bottom, box.top);
  x.ticks = x.ticks.filter(([number]) => Number.isInteger(number));
  axes(svg, box, "trial", data.metric, x, y);
  let best = value(runs[0]), way = `M${x.at(runs[0].number)} ${y.at(best)}`;
  for (const run of runs) {
    if (data.direction === "min" ? value(run) < best : value(run) > best) best = value(run);
    way += `H${x.at(run.number)}V${y.at(best)}`;
  }
  make(svg, "path", { d: way, fill: "none", stroke: HUES[1], "stroke-width": 1.8 });
  for (const run of runs) {
    const dot = make(svg, "circle", { cx: x.at(run.number), cy: y.at(value(run)), r: 4.5, fill: HUES[0] });
    explain(dot, () => story(run));
  }
  [["a trial", HUES[0]], ["the best so far", HUES[1]]].forEach(([words, fill], number) => {
    make(svg, "circle", { cx: box.right + 20, cy: box.top + 12 + number * 22, r: 5, fill });
    make(svg, "text", { class: "tick", x: box.right + 31, y: box.top + 16 + number * 22 }, words);
  });
}

if (runs.length) drawHistory();
if (section("parallel")) startPlots("share of the differences that it explains", true);
