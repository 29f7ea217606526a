"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const unpack = text => new Float32Array(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer);
const views = {};
for (const [target, v] of Object.entries(data)) {
  const view = {...v, filter: unpack(v.filter), inputs: unpack(v.inputs), prediction: unpack(v.prediction),
                label: v.label ? unpack(v.label) : null};
  view.steps = view.prediction.length; view.width = view.features.length;
  view.mean = new Float64Array(view.width);
  for (let t = 0; t < view.steps; t++) for (let f = 0; f < view.width; f++)
    view.mean[f] += view.inputs[t * view.width + f] / view.steps;
  let limit = 1e-9;
  for (let f = 0; f < view.width; f++) {
    let sd = 0, w = 0;
    for (let t = 0; t < view.steps; t++) sd += (view.inputs[t * view.width + f] - view.mean[f]) ** 2 / view.steps;
    for (let k = 0; k < view.taps; k++) w = Math.max(w, Math.abs(view.filter[k * view.width + f]));
    limit = Math.max(limit, 2 * w * Math.sqrt(sd));
  }
  view.limit = limit; views[target] = view;
}
const pick = id => document.getElementById(id);
for (const target of Object.keys(views)) pick("target").add(new Option(target));
// R[k, f](t) = W'[k, f] x[t + k - left, f]; their sum and the offset are the prediction.
function contributions(view, t) {
  const r = new Float64Array(view.taps * view.width);
  for (let k = 0; k < view.taps; k++) {
    const s = t + k - view.left;
    if (s < 0 || s >= view.steps) continue;
    for (let f = 0; f < view.width; f++)
      r[k * view.width + f] = view.filter[k * view.width + f] * view.inputs[s * view.width + f];
  }
  return r;
}
window.explain = (target, t) => {
  const view = views[target], r = contributions(view, t);
  return {sum: r.reduce((a, b) => a + b, 0) + view.offset, prediction: view.prediction[t]};
};
function colour(x) {
  const a = Math.min(Math.abs(x), 1), to = x > 0 ? [178, 24, 43] : [33, 102, 172];
  return to.map(c => Math.round(247 + (c - 247) * a));
}
function fit(canvas) {
  const ratio = window.devicePixelRatio || 1;
  canvas.width = canvas.clientWidth * ratio; canvas.height = canvas.clientHeight * ratio;
  const g = canvas.getContext("2d"); g.setTransform(ratio, 0, 0, ratio, 0, 0); return g;
}
function drawLine(view, t) {
  const canvas = pick("line"), g = fit(canvas), W = canvas.clientWidth, H = canvas.clientHeight;
  let low = 0, high = 0;
  for (const values of [view.prediction, view.label || []])
    for (const y of values) if (y === y) { low = Math.min(low, y); high = Math.max(high, y); }
  const px = s => s / (view.steps - 1) * W, py = y => H - 6 - (y - low) / (high - low || 1) * (H - 12);
  g.fillStyle = "#e8eef4";
  g.fillRect(px(t - view.left), 0, px(view.taps), H);
  g.strokeStyle = "#999"; g.lineWidth = .5; g.beginPath(); g.moveTo(0, py(0)); g.lineTo(W, py(0)); g.stroke();
  for (const [values, colour, width] of [[view.label, "#777", 1], [view.prediction, "#0072B2", 1.5]]) {
    if (!values) continue;
    g.strokeStyle = colour; g.lineWidth = width; g.beginPath();
    values.forEach((y, s) => s && values[s - 1] === values[s - 1] ? g.lineTo(px(s), py(y)) : g.moveTo(px(s), py(y)));
    g.stroke();
  }
  g.fillStyle = "#333"; g.beginPath(); g.arc(px(t), py(view.prediction[t]), 4, 0, 7); g.fill();
}
function drawHeat(view, t) {
  const canvas = pick("heat"), g = fit(canvas), W = canvas.clientWidth, H = canvas.clientHeight;
  const margin = 110, foot = 30;
  const w = (W - margin) / view.taps, h = (H - foot) / view.width, sums = new Float64Array(view.width);
  for (let k = 0; k < view.taps; k++) {
    const s = t + k - view.left, inside = s >= 0 && s < view.steps;
    for (let f = 0; f < view.width; f++) {
      const x = inside ? view.inputs[s * view.width + f] - view.mean[f] : 0, r = view.filter[k * view.width + f] * x;
      sums[f] += r;
      g.fillStyle = inside ? `rgb(${colour(r / view.limit)})` : "#fff";
      g.fillRect(margin + k * w, f * h, w + .5, h + .5);
    }
  }
  g.fillStyle = "#333"; g.font = `${Math.min(11, h)}px sans-serif`; g.textAlign = "right"; g.textBaseline = "middle";
  view.features.forEach((name, f) => g.fillText(name, margin - 6, (f + .5) * h));
  g.strokeStyle = "#333"; g.setLineDash([2, 2]); g.beginPath();
  const now = margin + (view.left + .5) * w; g.moveTo(now, 0); g.lineTo(now, H - foot); g.stroke(); g.setLineDash([]);
  g.textAlign = "center"; g.textBaseline = "top"; g.font = "11px sans-serif";
  for (let s = Math.ceil(-view.left * view.hop); s < (view.taps - 1 - view.left) * view.hop; s++)
    g.fillText(`${s} s`, margin + (s / view.hop + view.left + .5) * w, H - foot + 4);
  return sums;
}
function draw() {
  const view = views[pick("target").value], slider = pick("time");
  slider.max = view.steps - 1;
  const t = Math.min(+slider.value, view.steps - 1);
  pick("now").textContent = `${(t * view.hop).toFixed(1)} s, prediction ${view.prediction[t].toFixed(3)}`;
  drawLine(view, t);
  const sums = drawHeat(view, t), size = f => Math.abs(sums[f]);
  const order = [...sums.keys()].sort((a, b) => size(b) - size(a)).slice(0, 6);
  const text = f => (sums[f] >= 0 ? "+" : "−") + size(f).toFixed(3);
  const table = document.createElement("table"), heading = table.insertRow().insertCell();
  heading.colSpan = 2;
  heading.append(document.createElement("b"));
  heading.firstChild.textContent = "strongest now";
  for (const f of order) {
    const row = table.insertRow(), number = document.createElement("td");
    // As text, not as markup: the names come from a file.
    row.insertCell().textContent = view.features[f];
    number.className = "n";
    number.textContent = text(f);
    row.append(number);
  }
  pick("strongest").replaceChildren(table);
}
pick("time").addEventListener("input", draw);
pick("target").addEventListener("change", draw);
pick("line").addEventListener("click", event => {
  const view = views[pick("target").value], box = pick("line").getBoundingClientRect();
  pick("time").value = Math.round((event.clientX - box.left) / box.width * (view.steps - 1)); draw();
});
let timer = null;
pick("play").addEventListener("click", () => {
  pick("play").textContent = timer ? "play" : "stop";
  if (timer) { clearInterval(timer); timer = null; return; }
  timer = setInterval(() => { const s = pick("time"); s.value = (+s.value + 1) % (+s.max + 1); draw(); }, 100);
});
window.addEventListener("resize", draw);
pick("time").max = views[pick("target").value].steps - 1;
pick("time").value = Math.floor(pick("time").max / 2);
draw();
