"use strict";
const SHOWN = 60, TRAIL = 10;
const COLOURS = { arousal: "#d55e00", valence: "#0072b2", liking: "#009e73" };
const MORE = ["#cc79a7", "#e69f00", "#56b4e9"];
const byId = id => document.getElementById(id);
let hello = null, rows = [], tracker = null, pending = true, heard = 0;
const colour = (name, place) => Object.hasOwn(COLOURS, name) ? COLOURS[name] : MORE[place % MORE.length];
const signed = (value, digits = 2) => { const text = Math.abs(value).toFixed(digits);
  return (Number(text) === 0 ? "" : value < 0 ? "−" : "+") + text; };
const make = (tag, content, name) => { const node = document.createElement(tag); if (name) node.className = name;
  if (content !== undefined) node.textContent = content; return node; };

function say(text, bad) { const state = byId("state"); state.textContent = text; state.className = bad ? "bad" : ""; }

function begin(message) {
  heard = Date.now();
  if (!hello || hello.session !== message.session) { rows = []; byId("notes").replaceChildren(); }
  hello = message;
  byId("source").textContent = hello.source;
  byId("values").replaceChildren(...hello.targets.map((target, place) => {
    const box = make("span", undefined, "value"), dot = make("span", undefined, "dot"), value = make("b", "–");
    dot.style.background = colour(target.name, place);
    value.id = "value-" + target.name;
    box.append(dot, target.name, value);
    return box;
  }));
  byId("latency").textContent = hello.targets.map(target => {
    const behind = target.latency - target.delay;
    return `${target.name}: ${target.latency.toFixed(1)} s behind the face, ${Math.abs(behind).toFixed(1)} s ` +
      `${behind < 0 ? "ahead of" : "behind"} annotators`; }).join(" · ");
  if (hello.note) remark(hello.note);
  byId("planes").hidden = !["arousal", "valence"].every(name => hello.targets.some(target => target.name === name));
}

function remark(text) {
  const notes = byId("notes");
  if ([...notes.children].some(note => note.textContent === text)) return;
  notes.append(make("p", text, "note"));
  while (notes.children.length > 4) notes.children[1].remove();
}

function take(found) {
  const last = rows.length ? rows[rows.length - 1] : null;
  for (const row of found) {
    const end = rows.length ? rows[rows.length - 1] : last;
    // After a reconnection the history comes again.
    if (!end || row.segment > end.segment || (row.segment === end.segment && row.time > end.time)) rows.push(row);
  }
  rows = rows.slice(-600);
  if (found.length) { tracker = found[found.length - 1].tracker; heard = Date.now(); }
  pending = true;
}

function fit(canvas) {
  const scale = window.devicePixelRatio || 1, box = canvas.getBoundingClientRect();
  canvas.width = Math.round(box.width * scale); canvas.height = Math.round(box.height * scale);
  const context = canvas.getContext("2d");
  context.scale(scale, scale);
  return [context, box.width, box.height];
}

const style = name => getComputedStyle(document.documentElement).getPropertyValue(name);

function reach() {
  let most = 0.2;
  for (const row of rows) for (const name in row.values) most = Math.max(most, Math.abs(row.values[name]));
  return Math.ceil(most * 10 + 0.5) / 10;
}

// Where time begins anew, what came before ends at the new beginning.
function visible(rows, start) {
  const found = [];
  for (let place = rows.length - 1, limit = Infinity; place >= 0; place--) {
    const row = rows[place], next = rows[place + 1];
    if (next && next.segment !== row.segment) limit = Math.min(limit, next.time);
    if (row.time < limit && row.time >= start) found.unshift(row);
  }
  return found;
}

function drawLines() {
  const [context, width, height] = fit(byId("lines"));
  const left = 38, bottom = 22, top = 6, most = reach();
  const end = rows.length ? rows[rows.length - 1].time : SHOWN, start = end - SHOWN;
  const x = time => left + (time - start) / SHOWN * (width - left - 6);
  const y = value => top + (1 - (value + most) / (2 * most)) * (height - top - bottom);
  context.font = "12px system-ui, sans-serif"; context.fillStyle = style("--soft"); context.strokeStyle = style("--line");
  context.textAlign = "right"; context.textBaseline = "middle";
  for (const value of [-most, 0, most]) {
    context.beginPath(); context.moveTo(left, y(value)); context.lineTo(width - 6, y(value)); context.stroke();
    context.fillText(value === 0 ? "0" : signed(value, 1), left - 6, y(value));
  }
  context.textAlign = "center"; context.textBaseline = "top";
  for (let ago = 0; ago <= SHOWN; ago += 20) {
    context.textAlign = ago === 0 ? "right" : "center";
    context.fillText(ago === 0 ? "now" : `−${ago} s`, x(end - ago), height - bottom + 6);
  }
  const drawn = visible(rows, start);
  hello.targets.forEach((target, place) => {
    context.strokeStyle = colour(target.name, place); context.lineWidth = 2; context.lineJoin = "round";
    context.beginPath();
    let before = null;
    for (const row of drawn) {
      const joined = before && before.segment === row.segment;
      context[joined ? "lineTo" : "moveTo"](x(row.time), y(row.values[target.name]));
      before = row;
    }
    context.stroke();
  });
}

function drawPlane() {
  if (byId("planes").hidden) return;
  const [context, width, height] = fit(byId("plane"));
  const most = reach(), margin = 26, size = Math.min(width, height) - 2 * margin;
  const x = value => margin + (value + most) / (2 * most) * size, y = value => margin + (1 - (value + most) / (2 * most)) * size;
  context.strokeStyle = style("--line"); context.fillStyle = style("--soft"); context.font = "12px system-ui, sans-serif";
  context.strokeRect(margin, margin, size, size);
  context.beginPath(); context.moveTo(x(0), y(-most)); context.lineTo(x(0), y(most));
  context.moveTo(x(-most), y(0)); context.lineTo(x(most), y(0)); context.stroke();
  context.textAlign = "center"; context.textBaseline = "bottom"; context.fillText(`arousal ${signed(most, 1)}`, x(0), margin - 5);
  context.textBaseline = "top"; context.fillText(signed(-most, 1), x(0), margin + size + 5);
  context.textAlign = "left"; context.textBaseline = "middle";
  context.save(); context.translate(width / 2 + size / 2 + 12, y(0)); context.rotate(-Math.PI / 2); context.textAlign = "center";
  context.fillText(`valence ${signed(most, 1)}`, 0, 0); context.restore();
  const now = rows[rows.length - 1];
  if (!now) return;
  const trail = rows.filter(row => row.segment === now.segment && row.time > now.time - TRAIL);
  context.lineWidth = 2; context.strokeStyle = style("--ink");
  for (let place = 1; place < trail.length; place++) {
    context.globalAlpha = 0.05 + 0.6 * place / trail.length;
    context.beginPath(); context.moveTo(x(trail[place - 1].values.valence), y(trail[place - 1].values.arousal));
    context.lineTo(x(trail[place].values.valence), y(trail[place].values.arousal)); context.stroke();
  }
  context.globalAlpha = 1; context.fillStyle = style("--ink");
  context.beginPath(); context.arc(x(now.values.valence), y(now.values.arousal), 7, 0, 7); context.fill();
}

function drawStrongest(now) {
  const widest = Math.max(1e-9, ...Object.values(now.strongest).flatMap(list => list.map(item => Math.abs(item[2]))));
  byId("strongest").replaceChildren(...hello.targets.map(target => {
    const table = make("table"), own = Object.hasOwn(now.strongest, target.name), list = own && now.strongest[target.name];
    table.append(make("caption", target.name + (list ? "" : `: ${target.layers} layers, so no single contribution`)));
    for (const [name, meaning, value] of list || []) {
      const line = table.insertRow(), cell = line.insertCell(), bar = make("div", undefined, "bar"), fill = make("i");
      cell.className = "name"; cell.append(name + " "); cell.append(make("small", meaning));
      const half = 50 * Math.abs(value) / widest;
      fill.style.width = half + "%"; fill.style.left = (value < 0 ? 50 - half : 50) + "%";
      fill.style.background = style(value < 0 ? "--minus" : "--plus");
      bar.append(fill); line.insertCell().append(bar);
      const number = line.insertCell(); number.className = "number"; number.textContent = signed(value, 3);
    }
    return table;
  }));
}

function drawTracker() {
  const now = rows[rows.length - 1];
  const facts = [["frame rate", tracker.frame_rate.toFixed(1) + " per second"], ["confidence", tracker.confidence.toFixed(2)],
    ["frames without a face", (100 * tracker.lost).toFixed(0) + " %"]];
  if (now) facts.unshift(["time of the face", now.time.toFixed(1) + " s"]);
  if (now) facts.push(["computing one hop", `${now.compute[0].toFixed(0)} µs (p50), ${now.compute[1].toFixed(0)} µs (p99)`]);
  byId("tracker").replaceChildren(...facts.flatMap(([name, value]) => [make("dt", name), make("dd", value)]));
}

function draw() {
  requestAnimationFrame(draw);
  if (!hello || !pending) return;
  pending = false;
  drawLines(); drawPlane();
  if (tracker) drawTracker();
  const now = rows[rows.length - 1];
  if (!now) return;
  for (const target of hello.targets) {
    const box = byId("value-" + target.name);
    box.textContent = signed(now.values[target.name]);
    box.dataset.value = now.values[target.name]; box.dataset.time = now.time;
  }
  drawStrongest(now);
}

function connect() {
  const events = new EventSource("events");
  const hear = (kind, act) => events.addEventListener(kind, event => { say("live", false); act(JSON.parse(event.data)); });
  hear("hello", begin); hear("rows", take); hear("remark", remark);
  hear("tracker", message => { tracker = message.tracker; if (message.silent < 1) heard = Date.now(); pending = true; });
  events.addEventListener("end", () => { events.close(); say("the session has ended; waiting for the next", true); setTimeout(connect, 1000); });
  // The browser gives up after some kinds of failure: always try again.
  events.onerror = () => { events.close(); say("connection lost; trying again", true); setTimeout(connect, 1000); };
}

setInterval(() => {
  if (byId("state").className === "bad" || !heard) return;
  const silent = Math.round((Date.now() - heard) / 1000);
  say(silent > 2 ? `nothing new for ${silent} s` : "live", false);
}, 1000);
addEventListener("resize", () => { pending = true; });
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { pending = true; });
connect();
requestAnimationFrame(draw);
