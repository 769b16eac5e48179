// The page of a comparison: learning curve and table, beside what plots.js draws.
function story(run) {
  const lines = [`${run.name}  ${run.run_id.slice(0, 8)}`, run.data || "no version pinned"];
  if (run.hours !== null) lines.push(`${shown(run.hours)} h, ${shown(run.num_clips)} clips`);
  for (const name of data.metrics.slice(0, 4)) if (name in run.metrics) lines.push(`${name}: ${shown(run.metrics[name])}`);
  for (const name of data.params.slice(0, 10)) if (name in run.params) lines.push(`${name}: ${run.params[name]}`);
  if (run.models) lines.push(run.models);
  return lines.join("\n");
}

// ---- Learning curve
function drawCurve(xName) {
  const place = section("curve"), { points } = data.curve;
  const xs = { "hours of training data": (p) => p.hours, "clips of training data": (p) => p.num_clips, "version": (p) => p.version };
  const at = xs[xName], box = { left: 70, right: 940, top: 40, bottom: 380 };
  const used = points.filter((point) => at(point) !== null);
  const counted = new Set(points.flatMap((point) => point.run_ids));
  const others = runs.filter((run) => run.version !== null && data.metric in run.metrics && !counted.has(run.run_id));
  const xOf = (run) => xName === "version" ? run.version : xName.startsWith("hours") ? run.hours : run.num_clips;
  const everyX = [...used.map(at), ...others.map(xOf).filter((value) => value !== null)];
  const everyY = [...used.flatMap((p) => [...p.values, p.low, p.high]), ...others.map((run) => run.metrics[data.metric])].filter((v) => v !== null);
  const svg = canvas(place, 1140, 430, `${data.metric} over ${xName}`);
  const x = scale({ values: [...new Set(everyX)], isNumeric: true }, box.left, box.right);
  const y = scale({ values: everyY, isNumeric: true }, box.bottom, box.top);
  if (xName === "version") x.ticks = [...new Set(everyX)].sort((a, b) => a - b).map((value) => [value, `v${value}`]);
  axes(svg, box, xName, data.metric, x, y);
  const lines = [...new Set(points.map(lineOf))];
  for (const run of others) {
    if (xOf(run) === null) continue;
    const dot = make(svg, "circle", { cx: x.at(xOf(run)), cy: y.at(run.metrics[data.metric]), r: 3.5, fill: "none", stroke: "#8a949d" });
    explain(dot, () => "other settings\n" + story(run));
  }
  lines.forEach((line, number) => {
    const colour = HUES[number % HUES.length], mine = used.filter((point) => lineOf(point) === line);
    const way = mine.map((point) => `${x.at(at(point))},${y.at(point.mean)}`).join(" ");
    make(svg, "polyline", { points: way, fill: "none", stroke: colour, "stroke-width": 2 });
    for (const point of mine) drawPoint(svg, point, x.at(at(point)), y, colour, box);
    if (lines.length > 1) {
      make(svg, "circle", { cx: box.right + 20, cy: box.top + 12 + number * 22, r: 5, fill: colour });
      make(svg, "text", { class: "tick", x: box.right + 31, y: box.top + 16 + number * 22 }, cut(line, 24));
    }
  });
  if (others.length) {
    make(svg, "circle", { cx: box.right + 20, cy: box.top + 12 + lines.length * 22, r: 4, fill: "none", stroke: "#8a949d" });
    make(svg, "text", { class: "tick", x: box.right + 31, y: box.top + 16 + lines.length * 22 }, "other settings");
  }
}
function lineOf(point) { return point.data.replace(/@v\d+/, ""); }
function drawPoint(svg, point, px, y, colour, box) {
  if (point.low !== null) {
    for (const [x1, x2, v1, v2] of [[px, px, point.low, point.high], [px - 7, px + 7, point.low, point.low], [px - 7, px + 7, point.high, point.high]])
      make(svg, "line", { x1, x2, y1: y.at(v1), y2: y.at(v2), stroke: colour, "stroke-width": 1.6 });
  }
  point.values.forEach((value, number) => {
    const dot = make(svg, "circle", { cx: px, cy: y.at(value), r: 4, fill: colour, "fill-opacity": 0.45 });
    explain(dot, () => story(byId.get(point.run_ids[number])));
  });
  const mean = make(svg, "rect", { x: px - 6, y: y.at(point.mean) - 6, width: 12, height: 12, fill: colour, stroke: "var(--paper)", "stroke-width": 1.5, transform: `rotate(45 ${px} ${y.at(point.mean)})` });
  const range = point.low === null ? point.basis : `95 %: ${shown(point.low)} to ${shown(point.high)} (${point.basis})`;
  explain(mean, () => `${point.data}\nmean ${shown(point.mean)} of ${point.values.length}\n${range}`);
  const side = px > box.right - 60 ? "end" : "start";
  make(svg, "text", { class: "halo", x: px + (side === "end" ? -11 : 11), y: y.at(point.mean) - 10, "text-anchor": side }, `v${point.version}`);
}

function startCurve() {
  const ways = ["hours of training data", "clips of training data", "version"].filter((name) => name === "version" || data.curve.points.every((p) => p[name.startsWith("hours") ? "hours" : "num_clips"] !== null));
  menu(menusOf("curve"), "over", ways, ways[0], drawCurve);
  drawCurve(ways[0]);
}
// ---- Table
const columns = [
  { name: "run", cell: (run) => run.name || run.run_id.slice(0, 8), kind: "" },
  { name: "status", cell: (run) => run.status, kind: "" },
  { name: "model", cell: (run) => run.models, kind: "" },
  { name: "data", cell: (run) => run.data, kind: "" },
  { name: "clips", cell: (run) => run.num_clips, kind: "number" },
  { name: "hours", cell: (run) => run.hours, kind: "number" },
  ...data.metrics.map((name) => ({ name, cell: (run) => run.metrics[name] ?? null, kind: "number" })),
  ...data.params.map((name) => ({ name, cell: (run) => paramField(name).value(run), kind: "" })),
  { name: "arguments", cell: (run) => run.arguments, kind: "" },
  { name: "tested on", cell: (run) => run.test, kind: "" },
  { name: "started (UTC)", cell: (run) => run.started_at.slice(0, 19).replace("T", " "), kind: "" },
  { name: "id", cell: (run) => run.run_id, kind: "id" },
].map((column) => ({ ...column, cells: new Map(runs.map((run) => [run, column.cell(run)])) }))
  .filter((column) => [...column.cells.values()].some((value) => value !== null && value !== ""));
let sorted = { name: null, down: false };
function drawTable() {
  const place = section("table");
  const order = [...runs];
  const column = columns.find((one) => one.name === sorted.name);
  if (column) order.sort((a, b) => compareCells(column.cells.get(a), column.cells.get(b), sorted.down));
  place.replaceChildren();
  const table = make(place, "table");
  const head = make(make(table, "thead"), "tr");
  for (const one of columns) {
    const isNumber = one.kind === "number" || [...one.cells.values()].every((value) => value === null || typeof value === "number");
    const cell = make(head, "th", { class: isNumber ? "number" : "", tabindex: 0, scope: "col" }, one.name);
    if (one.name === sorted.name) cell.setAttribute("aria-sort", sorted.down ? "descending" : "ascending");
    const sort = () => { sorted = { name: one.name, down: sorted.name === one.name ? !sorted.down : isNumber }; drawTable(); };
    cell.addEventListener("click", sort);
    cell.addEventListener("keydown", (event) => { if (event.key === "Enter") sort(); });
  }
  const body = make(table, "tbody");
  for (const run of order) {
    const row = make(body, "tr", isPicked(run) ? { class: "picked" } : {});
    for (const one of columns) {
      const value = one.cells.get(run);
      make(row, "td", { class: typeof value === "number" ? "number" : one.kind, title: value ?? "" }, shown(value));
    }
  }
}
function compareCells(a, b, down) {
  const isNone = (value) => value === null || value === "";
  if (isNone(a) || isNone(b)) return isNone(a) - isNone(b);
  const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
  return down ? -order : order;
}

drawTable();
if (data.curve) startCurve();
startPlots(`share of the variance of ${data.metric} lost by shuffling`);
