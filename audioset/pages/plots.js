// Plots of runs to explore. The page holds its data; it loads nothing, stores nothing, and runs in a
// sandboxed frame. Its own script gives `story(run)`, words for the pointer, and `drawTable()`, which
// marks the runs that are picked.
"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const runs = data.runs;
const HUES = ["#3b6ea5", "#d1702a", "#00896b", "#a04a86", "#7a6a00", "#5f6b76"];
const tip = document.getElementById("tip");
const byId = new Map(runs.map((run) => [run.run_id, run]));

function make(parent, name, attributes = {}, text = null) {
  const isDrawn = parent.namespaceURI === "http://www.w3.org/2000/svg" || name === "svg";
  const node = isDrawn ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  if (text !== null) node.textContent = text;
  parent.append(node);
  return node;
}

function shown(value) {
  if (value === null || value === undefined) return "";
  if (typeof value !== "number") return String(value);
  if (Number.isInteger(value)) return value.toLocaleString("en");
  return Math.abs(value) >= 1e-4 && Math.abs(value) < 1e6 ? String(+value.toPrecision(4)) : value.toExponential(2);
}

function cut(text, length) {
  return text.length > length ? text.slice(0, length - 1) + "…" : text;
}

function explain(node, text) {
  node.addEventListener("pointermove", (event) => {
    tip.textContent = text();
    tip.style.display = "block";
    const { width, height } = tip.getBoundingClientRect();
    tip.style.left = Math.max(4, Math.min(event.clientX + 14, innerWidth - width - 8)) + "px";
    tip.style.top = Math.max(4, Math.min(event.clientY + 14, innerHeight - height - 8)) + "px";
  });
  node.addEventListener("pointerleave", () => { tip.style.display = "none"; });
}

// ---- Fields: what an axis can show. A param is a number when it is one in every run that has it.
function field(name, kind, value) {
  const values = runs.map(value).filter((one) => one !== null && one !== undefined && one !== "");
  return { name, kind, value, isNumeric: values.every((one) => typeof one === "number"), values: [...new Set(values)] };
}
function paramField(name) {
  const texts = runs.map((run) => run.params[name]).filter((text) => text !== undefined);
  const isNumeric = texts.every((text) => text.trim() !== "" && Number.isFinite(Number(text)));
  return field(name, "param", (run) => {
    const text = run.params[name];
    return text === undefined ? null : isNumeric ? Number(text) : text;
  });
}
const fields = [
  field("data version", "data", (run) => run.data),
  field("training hours", "data", (run) => run.hours),
  field("training clips", "data", (run) => run.num_clips),
  ...data.params.map(paramField),
  ...data.metrics.map((name) => field(name, "metric", (run) => run.metrics[name] ?? null)),
].filter((one) => one.values.length > 0);
const fieldOf = (name) => fields.find((one) => one.name === name);
const metric = fieldOf(data.metric);

function turnOf(low, high) { return low > 0 && high / low >= 50 ? Math.log10 : (value) => value; }
function scale(one, from, to) {
  if (!one.isNumeric) {
    const order = [...one.values].sort((a, b) => String(a).localeCompare(String(b), "en", { numeric: true }));
    const step = (to - from) / Math.max(order.length, 1);
    const every = Math.ceil(order.length / 12);
    return {
      at: (value) => from + step * (order.indexOf(value) + 0.5),
      ticks: order.filter((_, place) => place % every === 0).map((value) => [value, cut(String(value), 22)]),
    };
  }
  let low = Math.min(...one.values), high = Math.max(...one.values);
  const turn = turnOf(low, high), isLog = turn === Math.log10;
  if (low === high) { low -= Math.abs(low) * 0.1 || 1; high += Math.abs(high) * 0.1 || 1; }
  const pad = (turn(high) - turn(low)) * 0.05;
  const start = turn(low) - pad, end = turn(high) + pad;
  const at = (value) => from + ((turn(value) - start) / (end - start)) * (to - from);
  return { at, ticks: (isLog ? logTicks(start, end) : ticks(start, end)).map((value) => [value, shown(value)]), isLog };
}
function ticks(start, end, about = 6) {
  const raw = (end - start) / about, power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= raw);
  const found = [];
  for (let number = Math.ceil(start / step); number * step <= end + step * 1e-9; number++) found.push(+(number * step).toPrecision(12));
  return found;
}
function logTicks(start, end) {
  const found = [], factors = end - start > 1.5 ? [1] : [1, 2, 5];
  for (let power = Math.floor(start); power <= Math.ceil(end); power++)
    for (const factor of factors) {
      const value = +(factor * 10 ** power).toPrecision(3), place = Math.log10(value);
      if (place >= start && place <= end) found.push(value);
    }
  return found;
}

// From blue (worst) over grey to orange (best), and from dark to light: told apart by colour-blind eyes, and
// without any colour. Dark enough on white, light enough on black.
const STOPS = matchMedia("(prefers-color-scheme: dark)").matches
  ? [[74, 124, 196], [168, 168, 176], [255, 196, 96]]
  : [[18, 62, 124], [120, 122, 130], [222, 128, 40]];
function hue(share) {
  const place = Math.max(0, Math.min(1, share)) * 2, first = Math.min(1, Math.floor(place)), part = place - first;
  return `rgb(${STOPS[first].map((from, c) => Math.round(from + (STOPS[first + 1][c] - from) * part)).join(" ")})`;
}
// How far a run is from the worst (0) to the best (1) of a field that is a number; null where it has none.
function shares(one) {
  const low = Math.min(...one.values), high = Math.max(...one.values);
  const turned = one === metric && data.direction === "min", turn = turnOf(low, high);
  return (run) => {
    const value = one.value(run);
    if (value === null) return null;
    const share = high > low ? (turn(value) - turn(low)) / (turn(high) - turn(low)) : 1;
    return turned ? 1 - share : share;
  };
}
function hues(one) {
  if (!one) return () => HUES[0];
  if (!one.isNumeric) return (run) => one.value(run) === null ? "#9aa3ab" : HUES[one.values.indexOf(one.value(run)) % HUES.length];
  const share = shares(one);
  return (run) => share(run) === null ? "#9aa3ab" : hue(share(run));
}
// Dots of what is better are larger: they say it without colours too.
function radii(one) {
  if (runs.length > 500) return () => 3;
  const share = one && one.isNumeric ? shares(one) : () => 0.5;
  return (run) => 3.5 + 4.5 * (share(run) ?? 0);
}
const best = runs.reduce((found, run) => {
  const value = run.metrics[data.metric], held = found ? found.metrics[data.metric] : null;
  if (typeof value !== "number") return found;
  return held === null || (data.direction === "min" ? value < held : value > held) ? run : found;
}, null);
function ring(svg, run, x, y) {
  if (run !== best) return;
  make(svg, "circle", { cx: x, cy: y, r: 11, fill: "none", stroke: "var(--ink)", "stroke-width": 1.6, "pointer-events": "none" });
  make(svg, "text", { class: "halo", x, y: y - 15, "text-anchor": "middle" }, `best: ${shown(run.metrics[data.metric])}`);
}

function canvas(place, width, height, label) {
  place.replaceChildren();
  return make(place, "svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label });
}
function axes(svg, box, xName, yName, x, y) {
  for (const [value, text] of x.ticks) {
    make(svg, "line", { class: "grid", x1: x.at(value), x2: x.at(value), y1: box.top, y2: box.bottom });
    make(svg, "text", { class: "tick", x: x.at(value), y: box.bottom + 18, "text-anchor": "middle" }, text);
  }
  for (const [value, text] of y.ticks) {
    make(svg, "line", { class: "grid", x1: box.left, x2: box.right, y1: y.at(value), y2: y.at(value) });
    make(svg, "text", { class: "tick", x: box.left - 8, y: y.at(value) + 4, "text-anchor": "end" }, text);
  }
  make(svg, "line", { class: "axis", x1: box.left, x2: box.right, y1: box.bottom, y2: box.bottom });
  make(svg, "line", { class: "axis", x1: box.left, x2: box.left, y1: box.top, y2: box.bottom });
  make(svg, "text", { x: (box.left + box.right) / 2, y: box.bottom + 42, "text-anchor": "middle" }, xName + (x.isLog ? " (log)" : ""));
  make(svg, "text", { x: box.left, y: box.top - 14, "text-anchor": "start" }, yName + (y.isLog ? " (log)" : ""));
}
function legend(svg, box, one) {
  const top = box.top - 14;
  if (!one || one.values.length < 2) return;
  if (!one.isNumeric) {
    one.values.slice(0, 8).forEach((value, place) => {
      make(svg, "circle", { cx: box.right + 20, cy: box.top + 12 + place * 22, r: 5, fill: HUES[place % HUES.length] });
      make(svg, "text", { class: "tick", x: box.right + 31, y: box.top + 16 + place * 22 }, cut(String(value), 20));
    });
    if (one.values.length > 8) make(svg, "text", { class: "tick", x: box.right + 14, y: box.top + 16 + 8 * 22 }, `${one.values.length - 8} more`);
    return;
  }
  const low = Math.min(...one.values), high = Math.max(...one.values), turned = one === metric && data.direction === "min";
  for (let step = 0; step < 40; step++)
  {
    const share = turned ? 1 - step / 39 : step / 39;
    make(svg, "rect", { x: box.right + 16, y: box.top + 8 + (39 - step) * 4, width: 4 + 9 * share, height: 4.2, fill: hue(share) });
  }
  make(svg, "text", { class: "tick", x: box.right + 34, y: box.top + 18 }, shown(high));
  make(svg, "text", { class: "tick", x: box.right + 34, y: box.top + 166 }, shown(low));
  make(svg, "text", { class: "tick", x: box.right + 16, y: top }, cut(one.name, 24) + (turnOf(low, high) === Math.log10 ? " (log)" : ""));
}

function menu(place, label, options, chosen, change) {
  const select = make(make(place, "label", {}, label), "select", { "aria-label": label });
  for (const name of options) make(select, "option", { value: name }, name).selected = name === chosen;
  select.addEventListener("change", () => change(select.value));
  return select;
}
function section(id) { return document.querySelector(`#${id} .plot`); }
function menusOf(id) { return document.querySelector(`#${id} .menus`); }

// ---- Parallel coordinates; a stretch drawn on an axis picks the runs that pass through it.
const stretches = new Map();
function isPicked(run) {
  if (!stretches.size) return false;
  return [...stretches].every(([name, { low, high, at }]) => {
    const value = fieldOf(name).value(run);
    return value !== null && value !== "" && at(value) >= low && at(value) <= high;
  });
}
function drawParallel(names) {
  const place = section("parallel"), box = { left: 60, right: 1080, top: 60, bottom: 380 };
  const svg = canvas(place, 1140, 410, "parallel coordinates");
  const shownFields = names.map(fieldOf), colour = hues(metric);
  const gap = (box.right - box.left) / Math.max(1, shownFields.length - 1);
  const scales = shownFields.map((one) => scale(one, box.bottom, box.top));
  const ways = make(svg, "g", { fill: "none" });
  const order = [...runs].reverse().sort((a, b) => isPicked(a) - isPicked(b));
  const clear = Math.max(0.06, Math.min(0.75, 60 / (stretches.size ? runs.filter(isPicked).length : runs.length)));
  for (const run of order) {
    const spots = [];
    shownFields.forEach((one, number) => {
      const value = one.value(run);
      if (value !== null && value !== "") spots.push(`${box.left + gap * number},${scales[number].at(value)}`);
    });
    if (spots.length < 2) continue;
    const faint = stretches.size && !isPicked(run);
    const way = make(ways, "polyline", { points: spots.join(" "), stroke: faint ? "#9aa3ab" : colour(run), "stroke-opacity": faint ? 0.15 * clear : clear, "stroke-width": 1.8 });
    explain(way, () => story(run));
  }
  shownFields.forEach((one, number) => drawAxis(svg, one, scales[number], box.left + gap * number, box, number, names));
}
function drawAxis(svg, one, y, x, box, number, names) {
  make(svg, "line", { class: "axis", x1: x, x2: x, y1: box.top, y2: box.bottom });
  const anchor = number === 0 ? "start" : number === names.length - 1 ? "end" : "middle";
  const title = cut(one.name, Math.max(10, Math.floor(130 / names.length)));
  make(svg, "text", { class: "halo", x: number === 0 ? x - 50 : number === names.length - 1 ? x + 56 : x, y: box.top - (number % 2 ? 34 : 16), "text-anchor": anchor, "font-weight": 600 }, title + (y.isLog ? " (log)" : ""));
  const side = number === names.length - 1 ? 1 : -1;
  for (const [value, text] of y.ticks) {
    make(svg, "line", { class: "axis", x1: x - 3, x2: x + 3, y1: y.at(value), y2: y.at(value) });
    make(svg, "text", { class: "tick halo", x: x + side * 7, y: y.at(value) + 4, "text-anchor": side < 0 ? "end" : "start" }, cut(text, 14));
  }
  const area = make(svg, "rect", { x: x - 14, y: box.top - 6, width: 28, height: box.bottom - box.top + 12, fill: "transparent", cursor: "ns-resize" });
  const chosen = stretches.get(one.name);
  if (chosen) make(svg, "rect", { x: x - 8, y: chosen.low, width: 16, height: chosen.high - chosen.low, fill: "var(--accent)", "fill-opacity": 0.35, "pointer-events": "none" });
  const height = (event) => {
    const frame = svg.getBoundingClientRect();
    return Math.max(box.top, Math.min(box.bottom, ((event.clientY - frame.top) / frame.height) * 410));
  };
  area.addEventListener("pointerdown", (down) => {
    down.preventDefault();
    const start = height(down);
    const brush = make(svg, "rect", { x: x - 8, y: start, width: 16, height: 0, fill: "var(--accent)", "fill-opacity": 0.35 });
    const move = (event) => { brush.setAttribute("y", Math.min(start, height(event))); brush.setAttribute("height", Math.abs(height(event) - start)); };
    const end = (event) => {
      removeEventListener("pointermove", move);
      const low = Math.min(start, height(event)), high = Math.max(start, height(event));
      if (high - low < 4) stretches.delete(one.name); else stretches.set(one.name, { low, high, at: y.at });
      drawParallel(names);
      drawTable();
      document.getElementById("picked").textContent = stretches.size ? `${runs.filter(isPicked).length} of ${runs.length} runs picked` : "";
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", end, { once: true });
  });
}

// ---- Scatter
function drawScatter(xName, yName, hueName) {
  const [one, other, third] = [xName, yName, hueName].map(fieldOf);
  const box = { left: 90, right: 960, top: 40, bottom: 420 };
  const svg = canvas(section("scatter"), 1140, 470, `${yName} against ${xName}`);
  const x = scale(one, box.left, box.right), y = scale(other, box.bottom, box.top), colour = hues(third), radius = radii(third);
  axes(svg, box, xName, yName, x, y);
  legend(svg, box, third);
  for (const run of [...runs].reverse()) {
    if ([one, other].some((f) => f.value(run) === null || f.value(run) === "")) continue;
    const dot = make(svg, "circle", { cx: x.at(one.value(run)), cy: y.at(other.value(run)), r: radius(run), fill: colour(run), "fill-opacity": 0.85, stroke: "var(--paper)", "stroke-width": runs.length > 500 ? 0 : 0.8 });
    explain(dot, () => story(run));
    ring(svg, run, x.at(one.value(run)), y.at(other.value(run)));
  }
}

// ---- Contour: a smoothed surface (Gaussian kernel) near runs, and nothing where nobody tried.
const BANDS = 9, COLS = 60, ROWS = 40, REACH = 0.09;
function drawContour(xName, yName, zName) {
  const [one, other, third] = [xName, yName, zName].map(fieldOf);
  const box = { left: 90, right: 960, top: 40, bottom: 420 };
  const svg = canvas(section("contour"), 1140, 470, `${zName} over ${xName} and ${yName}`);
  const x = scale(one, box.left, box.right), y = scale(other, box.bottom, box.top);
  const width = box.right - box.left, height = box.bottom - box.top;
  const known = runs.filter((run) => [one, other, third].every((f) => f.value(run) !== null))
    .map((run) => ({ run, u: (x.at(one.value(run)) - box.left) / width, v: (y.at(other.value(run)) - box.top) / height, z: third.value(run) }));
  const grid = known.length ? smoothed(known) : [];
  if (known.length) make(svg, "image", { href: surface(grid, known, third), x: box.left, y: box.top, width, height, preserveAspectRatio: "none" });
  axes(svg, box, xName, yName, x, y);
  legend(svg, box, third);
  if (known.length) isolines(svg, grid, known, box);
  const colour = hues(third);
  for (const { run } of known) {
    const dot = make(svg, "circle", { cx: x.at(one.value(run)), cy: y.at(other.value(run)), r: runs.length > 500 ? 2.5 : 4.5, fill: colour(run), stroke: "var(--paper)", "stroke-width": runs.length > 500 ? 0.5 : 1.4 });
    explain(dot, () => story(run));
    ring(svg, run, x.at(one.value(run)), y.at(other.value(run)));
  }
}
// At each crossing of the grid the smoothed value, and how far the nearest run is.
function smoothed(known) {
  const grid = [];
  for (let row = 0; row <= ROWS; row++) for (let col = 0; col <= COLS; col++) {
    let sum = 0, weight = 0, nearest = Infinity;
    for (const { u, v, z } of known) {
      const far = (u - col / COLS) ** 2 + (v - row / ROWS) ** 2, share = Math.exp(-far / (2 * REACH ** 2));
      sum += share * z; weight += share; nearest = Math.min(nearest, far);
    }
    grid.push([weight > 1e-9 ? sum / weight : NaN, nearest]);
  }
  return grid;
}
function surface(grid, known, third) {
  const turned = third === metric && data.direction === "min";
  const low = Math.min(...known.map((k) => k.z)), high = Math.max(...known.map((k) => k.z));
  const picture = document.createElement("canvas");
  picture.width = 600; picture.height = 320;
  const pen = picture.getContext("2d");
  for (let py = 0; py < 320; py++) for (let px = 0; px < 600; px++) {
    const gx = (px / 599) * COLS, gy = (py / 319) * ROWS, col = Math.min(COLS - 1, Math.floor(gx)), row = Math.min(ROWS - 1, Math.floor(gy));
    const corner = (dx, dy, part) => grid[(row + dy) * (COLS + 1) + col + dx][part];
    const mix = (part) => (corner(0, 0, part) * (1 - gx + col) + corner(1, 0, part) * (gx - col)) * (1 - gy + row) + (corner(0, 1, part) * (1 - gx + col) + corner(1, 1, part) * (gx - col)) * (gy - row);
    if (Number.isNaN(mix(0)) || Math.sqrt(mix(1)) > 2 * REACH) continue;
    const share = high > low ? (mix(0) - low) / (high - low) : 1;
    const band = Math.min(BANDS - 1, Math.floor(share * BANDS)) / (BANDS - 1);
    pen.fillStyle = hue(turned ? 1 - band : band);
    pen.globalAlpha = 0.72;
    pen.fillRect(px, py, 1, 1);
  }
  return picture.toDataURL();
}

// Where one band ends and the next begins, with the value that lies there: readable without colours.
function isolines(svg, grid, known, box) {
  const low = Math.min(...known.map((k) => k.z)), high = Math.max(...known.map((k) => k.z));
  if (high <= low) return;
  const at = (col, row) => [box.left + (col / COLS) * (box.right - box.left), box.top + (row / ROWS) * (box.bottom - box.top)];
  for (let band = 1; band < BANDS; band++) {
    const level = low + (band / BANDS) * (high - low), pieces = [];
    for (let row = 0; row < ROWS; row++) for (let col = 0; col < COLS; col++) {
      const corners = [[col, row], [col + 1, row], [col + 1, row + 1], [col, row + 1]];
      const found = corners.map(([c, r]) => grid[r * (COLS + 1) + c]);
      if (found.some(([z, far]) => Number.isNaN(z) || Math.sqrt(far) > 2 * REACH)) continue;
      const cuts = [];
      corners.forEach(([c, r], side) => {
        const [d, s] = corners[(side + 1) % 4], z = found[side][0], next = found[(side + 1) % 4][0];
        if ((z < level) !== (next < level)) { const part = (level - z) / (next - z); cuts.push(at(c + (d - c) * part, r + (s - r) * part)); }
      });
      for (let cut = 0; cut + 1 < cuts.length; cut += 2) pieces.push([cuts[cut], cuts[cut + 1]]);
    }
    if (!pieces.length) continue;
    make(svg, "path", { class: "isoline", d: pieces.map(([[a, b], [c, d]]) => `M${a.toFixed(1)} ${b.toFixed(1)}L${c.toFixed(1)} ${d.toFixed(1)}`).join("") });
    if (band % 2) continue;  // every second line: more of them would lie over each other
    const [[labelX, labelY]] = pieces[Math.floor(pieces.length / 2)];
    make(svg, "text", { class: "tick halo", x: labelX, y: labelY + 4, "text-anchor": "middle" }, shown(+level.toPrecision(3)));
  }
}

// ---- Importance
function drawImportance(meaning) {
  const params = data.importance.params.slice(0, 15), height = 40 + params.length * 30;
  const svg = canvas(section("importance"), 1140, height + 50, "importance");
  const box = { left: 330, right: 1040, top: 10, bottom: height - 20 };
  const high = Math.max(...params.map((p) => p.importance + p.spread), 0.01), low = Math.min(0, ...params.map((p) => p.importance - p.spread));
  const at = (value) => box.left + ((value - low) / (high - low)) * (box.right - box.left);
  for (const value of ticks(low, high)) {
    make(svg, "line", { class: "grid", x1: at(value), x2: at(value), y1: box.top, y2: box.bottom });
    make(svg, "text", { class: "tick", x: at(value), y: box.bottom + 18, "text-anchor": "middle" }, shown(value));
  }
  params.forEach((param, number) => {
    const y = box.top + 6 + number * 30;
    make(svg, "text", { x: box.left - 12, y: y + 14, "text-anchor": "end" }, cut(param.name, 44));
    make(svg, "rect", { x: at(Math.min(0, param.importance)), y, width: Math.abs(at(param.importance) - at(0)), height: 18, fill: HUES[0] });
    if (param.spread) make(svg, "line", { x1: at(param.importance - param.spread), x2: at(param.importance + param.spread), y1: y + 9, y2: y + 9, stroke: "var(--ink)", "stroke-width": 1.6 });
    const told = param.importance.toFixed(3) + (param.spread === null ? "" : ` ± ${param.spread.toFixed(3)}`);
    make(svg, "text", { class: "tick halo", x: at(param.importance + param.spread) + 8, y: y + 14 }, told);
  });
  make(svg, "text", { x: (box.left + box.right) / 2, y: box.bottom + 42, "text-anchor": "middle" }, meaning);
}

// ---- Menus
// `pairs`: the scatter begins with two causes and the metric as colour, as the contour does.
function startPlots(importance, pairs = false) {
  const names = fields.filter((one) => one.values.length > 1).map((one) => one.name);
  if (!metric || !names.length) return;
  // Of those that always change together one is enough, a number rather than a name.
  const groups = data.importance ? data.importance.params.map((p) => p.name.split(" + ").filter((name) => names.includes(name))) : [];
  const important = groups.filter((group) => group.length).map((group) => group.find((name) => fieldOf(name).isNumeric) ?? group[0]);
  const causes = [...new Set([...important, ...names.filter((name) => fieldOf(name).kind !== "metric")])];
  startParallel(names, causes);
  startScatter(names, causes, pairs);
  startContour(causes);
  if (data.importance && data.importance.params.length) drawImportance(importance);
}
function startParallel(names, causes) {
  const chosen = new Set([...causes.slice(0, 6), data.metric].filter((name) => names.includes(name)));
  const place = menusOf("parallel");
  const redraw = () => drawParallel([...names.filter((name) => chosen.has(name) && name !== data.metric), ...(chosen.has(data.metric) ? [data.metric] : [])]);
  for (const name of names.slice(0, 40)) {
    const button = make(place, "button", { type: "button", "aria-pressed": chosen.has(name) }, cut(name, 30));
    button.addEventListener("click", () => {
      if (chosen.has(name) && chosen.size > 2) chosen.delete(name); else chosen.add(name);
      stretches.delete(name);
      button.setAttribute("aria-pressed", chosen.has(name));
      redraw();
      drawTable();
    });
  }
  redraw();
}
function startScatter(names, causes, pairs) {
  const up = names.includes(data.metric) ? data.metric : names[0];
  const state = pairs && causes.length > 1 ? { x: causes[0], y: causes[1], hue: data.metric } : { x: causes[0] ?? names[0], y: up, hue: causes[1] ?? data.metric };
  const redraw = () => drawScatter(state.x, state.y, state.hue);
  for (const [key, label] of [["x", "across"], ["y", "up"], ["hue", "colour"]])
    menu(menusOf("scatter"), label, names, state[key], (name) => { state[key] = name; redraw(); });
  redraw();
}
function startContour(causes) {
  const isParam = (name) => fieldOf(name).kind === "param";
  const numeric = causes.filter((name) => fieldOf(name).isNumeric).sort((a, b) => isParam(b) - isParam(a));
  const depths = fields.filter((one) => one.kind === "metric" && one.values.length > 1).map((one) => one.name);
  if (numeric.length < 2 || !depths.length) {
    document.getElementById("contour").querySelector("p").textContent = "It takes two params that are numbers and differ between runs.";
    menusOf("contour").remove();
    return;
  }
  const state = { x: numeric[0], y: numeric[1], z: depths.includes(data.metric) ? data.metric : depths[0] };
  const redraw = () => drawContour(state.x, state.y, state.z);
  for (const [key, label, options] of [["x", "across", numeric], ["y", "up", numeric], ["z", "colour", depths]])
    menu(menusOf("contour"), label, options, state[key], (name) => { state[key] = name; redraw(); });
  redraw();
}
