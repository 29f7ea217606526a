"use strict";
const SHOWN = 60, TRAIL = 10;
const COLOURS = ["#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];
const byId = id => document.getElementById(id);
let hello = null, rows = [], tracker = null, pending = true, heard = 0, face = null, chosen = null, axes = [];
const colour = place => COLOURS[place % COLOURS.length];
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
    dot.style.background = colour(place);
    value.id = "value-" + target.name;
    box.append(dot, target.name, value);
    return box;
  }));
  byId("latency").textContent = hello.targets.map(target => {
    const behind = target.latency - target.delay;
    return `${target.name}: ${target.latency.toFixed(1)} s behind the face, ${Math.abs(behind).toFixed(1)} s ` +
      `${behind < 0 ? "ahead of" : "behind"} annotators`; }).join(" · ");
  if (hello.note) remark(hello.note);
  offerTints();
  face = makeFace(hello.face);
  offerAxes();
}

// Which two targets span the plane, from left to right and upwards; the second and the first unless somebody chooses.
function offerAxes() {
  const names = hello.targets.map(target => target.name);
  byId("planes").hidden = names.length < 2;
  if (names.length < 2) return;
  if (!axes.length || !axes.every(name => names.includes(name))) axes = [names[1], names[0]];
  const tell = () => byId("plane").setAttribute("aria-label", `${axes[0]} and ${axes[1]} now`);
  byId("axes").hidden = names.length < 3;
  ["across", "up"].forEach((id, axis) => {
    const select = byId(id);
    select.replaceChildren(...names.map(name => { const option = make("option", name); option.value = name; return option; }));
    select.value = axes[axis];
    select.onchange = () => {
      if (axes[1 - axis] === select.value) axes[1 - axis] = axes[axis];
      axes[axis] = select.value;
      ["across", "up"].forEach((each, place) => { byId(each).value = axes[place]; });
      pending = true; tell();
    };
  });
  tell();
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
    context.strokeStyle = colour(place); context.lineWidth = 2; context.lineJoin = "round";
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
  context.textAlign = "center"; context.textBaseline = "bottom"; context.fillText(`${axes[1]} ${signed(most, 1)}`, x(0), margin - 5);
  context.textBaseline = "top"; context.fillText(signed(-most, 1), x(0), margin + size + 5);
  context.textAlign = "left"; context.textBaseline = "middle";
  context.save(); context.translate(width / 2 + size / 2 + 12, y(0)); context.rotate(-Math.PI / 2); context.textAlign = "center";
  context.fillText(`${axes[0]} ${signed(most, 1)}`, 0, 0); context.restore();
  const now = rows[rows.length - 1], at = row => [x(row.values[axes[0]]), y(row.values[axes[1]])];
  if (!now) return;
  const trail = rows.filter(row => row.segment === now.segment && row.time > now.time - TRAIL);
  context.lineWidth = 2; context.strokeStyle = style("--ink");
  for (let place = 1; place < trail.length; place++) {
    context.globalAlpha = 0.05 + 0.6 * place / trail.length;
    context.beginPath(); context.moveTo(...at(trail[place - 1])); context.lineTo(...at(trail[place])); context.stroke();
  }
  context.globalAlpha = 1; context.fillStyle = style("--ink");
  context.beginPath(); context.arc(...at(now), 7, 0, 7); context.fill();
}

const widestOf = lists => Math.max(1e-9, ...lists.flatMap(list => list.map(item => Math.abs(item[2]))));

function drawStrongest(now) {
  const widest = widestOf(Object.values(now.strongest));
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

// Which target's contributions colour the face; networks of several layers have none.
function offerTints() {
  const names = hello.targets.filter(target => target.layers === 1).map(target => target.name);
  if (!names.includes(chosen)) chosen = names.length ? names[0] : null;
  const tell = () => {
    const target = hello.targets.find(target => target.name === chosen);
    byId("tinted").textContent = target ? `Red raises ${chosen}, blue lowers it: the strongest action units of the newest ` +
      `value, which is ${target.latency.toFixed(1)} s behind this face.` : "";
  };
  byId("tints").hidden = names.length < 2;
  byId("tints").replaceChildren(byId("tints").firstElementChild, ...names.map(name => {
    const label = make("label"), input = make("input");
    input.type = "radio"; input.name = "tint"; input.checked = name === chosen;
    input.addEventListener("change", () => { chosen = name; pending = true; tell(); });
    label.append(input, name);
    return label;
  }));
  tell();
}

// The server sends the face as numbers (onefilter/face.py): points at rest, and what each unit adds to them.
function makeFace(table) {
  const svg = byId("face");
  const add = (parent, tag, names) => {
    const node = document.createElementNS(svg.namespaceURI, tag);
    for (const name in names) node.setAttribute(name, names[name]);
    parent.append(node);
    return node;
  };
  svg.replaceChildren(); svg.setAttribute("viewBox", table.box.join(" "));
  const defs = add(svg, "defs"), outlines = table.parts.map(() => []);
  for (const kind of ["plus", "minus"]) {
    const glow = add(defs, "radialGradient", { id: "glow-" + kind });
    for (const [offset, opacity] of [[0, 0.85], [0.5, 0.45], [1, 0]])
      add(glow, "stop", { class: kind, offset, "stop-opacity": opacity });
  }
  const placeOf = name => table.parts.findIndex(part => part.name === name);
  const within = name => {
    const place = placeOf(name), id = "within-" + place;
    if (!svg.querySelector("#" + id)) outlines[place].push(add(add(defs, "clipPath", { id }), "path"));
    return `url(#${id})`;
  };
  let zones = null;
  table.parts.forEach((part, place) => {
    if (!zones && part.kind === table.tinted_behind) {
      const skin = add(svg, "g", { "clip-path": within("head") });
      zones = table.zones.map(([x, y, rx, ry]) =>
        (x ? [x, -x] : [0]).map(cx => add(skin, "ellipse", { cx, cy: y, rx, ry, "fill-opacity": 0 })));
    }
    const [fill, stroke, width] = table.paint[part.kind];
    const node = add(svg, "path", { class: part.kind, fill, stroke, "stroke-width": width, "stroke-linecap": "round",
      "stroke-linejoin": "round" });
    if (part.within) node.setAttribute("clip-path", within(part.within));
    outlines[place].unshift(node);
  });
  const rest = table.units.map(() => 0);
  return { table, outlines, zones, rest, now: null, clock: 0 };
}

function pointsOf(table, intensities) {
  const points = table.neutral.map(point => [...point]);
  table.shifts.forEach((moved, unit) => { for (const [point, x, y] of moved) {
    points[point][0] += intensities[unit] * x; points[point][1] += intensities[unit] * y; } });
  for (const [upper, lower] of table.rests) points[upper][1] = Math.min(points[upper][1], points[lower][1]);
  return points;
}

function showFace() {
  const points = pointsOf(face.table, face.now);
  face.table.parts.forEach((part, place) => {
    const [first, ...others] = part.index.map(point => points[point].map(value => value.toFixed(2)).join(" "));
    const opacity = part.deepens.reduce((sum, more, unit) => sum + more * face.now[unit], part.faint);
    for (const node of face.outlines[place]) node.setAttribute("d", `M${first}C${others.join(" ")}${part.closed ? "Z" : ""}`);
    face.outlines[place][0].setAttribute("opacity", Math.min(Math.max(opacity, 0), 1).toFixed(3));
  });
}

// The face follows the newest frame softly; who wants no motion gets a still picture every two seconds.
const calm = matchMedia("(prefers-reduced-motion: reduce)");
function moveFace(clock) {
  const goal = tracker && tracker.face || face.rest, since = clock - face.clock;
  if (face.now && calm.matches && since < 2000) return;
  const far = face.now ? Math.max(...goal.map((value, unit) => Math.abs(value - face.now[unit]))) : 1;
  if (face.now && far === 0) { face.clock = clock; return; }
  const share = !face.now || calm.matches || far < 0.02 ? 1 : 1 - Math.exp(-since / 90);
  face.now = share === 1 ? [...goal] : face.now.map((value, unit) => value + share * (goal[unit] - value));
  face.clock = clock;
  showFace();
}

function tellFace() {
  const seen = tracker && tracker.face;
  byId("face").classList.toggle("away", !seen);
  const strong = (seen || []).map((value, unit) => [value, hello.face.units[unit]]).filter(([value]) => value >= 0.5)
    .sort((one, other) => other[0] - one[0]).slice(0, 3);
  const text = !seen ? "no face in the newest frame" : strong.length === 0 ? "at rest" :
    strong.map(([value, unit]) => `${unit} ${hello.face.names[unit]} ${value.toFixed(1)}`).join(" · ");
  if (byId("shows").textContent === text) return;
  byId("shows").textContent = text;
  byId("face").setAttribute("aria-label", "Schematic face, moved by the newest frame: " + text);
}

function tintFace(now) {
  const list = chosen !== null && Object.hasOwn(now.strongest, chosen) ? now.strongest[chosen] : [], widest = widestOf([list]);
  const added = new Map(list.map(([name, , value]) => [name, value]));
  face.zones.forEach((zone, unit) => { for (const node of zone) {
    const value = added.get(face.table.units[unit]) || 0;
    node.setAttribute("fill", `url(#glow-${value < 0 ? "minus" : "plus"})`);
    node.setAttribute("fill-opacity", (Math.abs(value) / widest).toFixed(3));
  } });
}

function drawTracker() {
  const now = rows[rows.length - 1];
  const facts = [["frame rate", tracker.frame_rate.toFixed(1) + " per second"], ["confidence", tracker.confidence.toFixed(2)],
    ["frames without a face", (100 * tracker.lost).toFixed(0) + " %"]];
  if (now) facts.unshift(["time of the face", now.time.toFixed(1) + " s"]);
  if (now) facts.push(["computing one hop", `${now.compute[0].toFixed(0)} µs (p50), ${now.compute[1].toFixed(0)} µs (p99)`]);
  byId("tracker").replaceChildren(...facts.flatMap(([name, value]) => [make("dt", name), make("dd", value)]));
}

function draw(clock) {
  requestAnimationFrame(draw);
  if (hello) moveFace(clock);
  if (!hello || !pending) return;
  pending = false;
  drawLines(); drawPlane(); tellFace();
  if (tracker) drawTracker();
  const now = rows[rows.length - 1];
  if (!now) return;
  for (const target of hello.targets) {
    const box = byId("value-" + target.name);
    box.textContent = signed(now.values[target.name]);
    box.dataset.value = now.values[target.name]; box.dataset.time = now.time;
  }
  drawStrongest(now); tintFace(now);
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
