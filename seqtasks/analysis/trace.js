"use strict";
// Steps through a trace. Whatever is shown is made here as text, never as markup.
(function () {
  const data = JSON.parse(document.getElementById("data").textContent);
  const total = Math.max(...data.traces.map((trace) => trace.steps.length));
  const slider = document.getElementById("time");
  const root = document.documentElement;
  let now = data.start, backwards = false;

  function element(name, properties, ...children) {
    const { data: set, aria, style, ...rest } = properties || {};
    const made = Object.assign(document.createElement(name), rest);
    Object.assign(made.dataset, set);
    Object.entries(aria || {}).forEach(([key, value]) => made.setAttribute(key, value));
    Object.entries(style || {}).forEach(([key, value]) => made.style.setProperty(key, value));
    made.append(...children.filter((child) => child !== null));
    return made;
  }
  // three digits after the point; also of a small one among others of a size, `most`
  function number(value, most) {
    if (typeof value === "string") return value;
    const size = Math.abs(value);
    let text;
    if (Number.isInteger(value) && size < 1e4) text = String(value);
    else if (most >= 0.05 && size < 0.0005) text = "0.000";
    else if ((most >= 0.05 || size >= 0.001) && size < 1e4) text = value.toFixed(3);
    else text = value.toExponential(2);
    return text.replace(/-/g, "\u2212");
  }
  // how strong a colour is, from 0 to 1, with the sign of the value
  function share(value, most) {
    return typeof value === "number" && most > 0 ? Math.max(-1, Math.min(1, value / most)) : 0;
  }
  // the index of the step before
  function minus(t) {
    return number(t - 1);
  }
  function symbol(name, index) {
    return element("span", { className: "symbol" }, name, element("sub", {}, index));
  }
  // red, green and blue of the style sheet's colours, light or dark
  let palette = {};
  function colour(name) {
    if (!palette[name]) {
      const text = getComputedStyle(root).getPropertyValue("--" + name).trim().slice(1);
      const digits = text.length === 3 ? text.replace(/./g, "$&$&") : text;
      palette[name] = [0, 2, 4].map((place) => parseInt(digits.slice(place, place + 2), 16));
    }
    return palette[name];
  }
  function bytes(text) {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  }
  // a canvas of one pixel a value; `pixel` gives red, green and blue of each
  function canvas(rows, columns, pixel, label) {
    const made = element("canvas", { width: columns, height: rows, aria: { role: "img", "aria-label": label } });
    const context = made.getContext("2d"), image = context.createImageData(columns, rows);
    for (let place = 0; place < rows * columns; place++) {
      image.data.set([...pixel(place), 255], 4 * place);
    }
    context.putImageData(image, 0, 0);
    return made;
  }
  function mixed(level) {
    const end = colour(level < 0 ? "c1" : "c0"), ground = colour("page"), by = Math.abs(level);
    return ground.map((value, place) => Math.round(value + (end[place] - value) * by));
  }
  function shape(array) {
    return array.s.length ? array.s.join(" × ") : "one number";
  }
  // an array as numbers in the colours of their size, or as colours alone
  function drawn(array, label) {
    if (array.v) {
      const cells = array.v.map((value) => {
        const level = share(value, array.m);
        return element("span", { className: level < 0 ? "cell negative" : "cell",
          style: { "--share": 100 * Math.abs(level) } }, number(value, array.m));
      });
      const grid = element("div", { className: array.r > 1 ? "numbers matrix" : "numbers",
        style: { "--columns": array.c } }, ...cells);
      return array.r > 1 ? scrolling(label, grid) : grid;
    }
    const levels = new Int8Array(bytes(array.b).buffer), ends = new Map();
    const picture = canvas(array.r, array.c, (place) => {
      const level = levels[place];
      if (!ends.has(level)) ends.set(level, mixed(level / 127));
      return ends.get(level);
    }, label);
    picture.className = array.r > 1 ? "picture" : "strip";
    return element("div", { className: "colours" }, picture, element("small", {},
      shape(array) + ", norm " + number(array.norm) + ", from " + number(array.low) + " to " + number(array.high)));
  }
  function scrolling(label, ...children) {
    return element("div", { className: "scroll", tabIndex: 0, aria: { role: "region", "aria-label": label } }, ...children);
  }
  // columns as high as their values; the one that is marked in the colour of text
  function columns(values, labels, marked, press) {
    const most = Math.max(...values.map((value) => (typeof value === "number" ? value : 0)));
    const few = values.length <= 14;
    return element("div", { className: few ? "columns" : "columns many" }, ...values.map((value, place) =>
      element("div", { className: place === marked ? "column marked" : "column", title: labels[place] + ": " + number(value),
        onclick: press ? () => press(place) : null },
      few ? element("small", {}, number(value)) : null,
      element("i", { style: { "--share": 100 * Math.max(0, share(value, most)) } }),
      few ? element("span", {}, labels[place]) : null)));
  }
  function raw(given, label) {
    if (!given) return null;
    if (given.line) return drawn(given.line, label);
    const values = bytes(given.b), wide = given.channels;
    const made = canvas(given.r, given.c, (place) => wide === 3
      ? values.subarray(3 * place, 3 * place + 3) : [values[place], values[place], values[place]], label);
    made.className = "frame";
    return made;
  }
  function block(title, ...children) {
    return element("section", { className: "block" }, element("h3", {}, ...[].concat(title)), ...children);
  }

  // the quantity that is the first to differ between two cells, if that is at this step
  function differs(t) {
    return data.difference && data.difference.step === t ? data.difference.quantity : null;
  }
  // the network unfolded over time; a step is a button
  function overview(trace) {
    const most = Math.max(...trace.gradients.map((one) => (typeof one.total === "number" ? one.total : 0)));
    const steps = trace.steps.map((step, t) => {
      const best = Math.max(...step.classes.map((row) => row.p), 1e-30);
      const chosen = step.classes.find((row) => row.true);
      const bars = backwards
        ? [element("i", { style: { "--share": 100 * share(trace.gradients[t].total, most) } })]
        : step.classes.map((row) => element("i", { className: row.true ? "true" : "", style: { "--share": 100 * share(row.p, best) } }));
      const cells = (array, most) => (array && array.v && array.v.length <= 8 ? array.v : []).map((value) =>
        element("i", { className: value < 0 ? "negative" : "", style: { "--share": 100 * Math.abs(share(value, most)) } }));
      const says = backwards ? number(trace.gradients[t].total) : chosen ? "p " + number(chosen.p) : step.loss === null ? "" : "loss " + number(step.loss);
      return element("li", {}, element("button", { type: "button", className: differs(t) === null ? "step" : "step differs",
        aria: t === now ? { "aria-current": "step" } : {}, data: { step: t }, onclick: () => go(t) },
      element("b", {}, step.target === null ? "\u00a0" : step.target),
      element("small", {}, says || "\u00a0"),
      bars.length ? element("span", { className: "bars" }, ...bars)
        : element("span", { className: "state prediction" }, ...cells(step.prediction, step.prediction ? step.prediction.m : 1)),
      element("span", { className: "up output" + (step.classes.length || step.prediction ? "" : " none") }),
      element("span", { className: "row" }, element("span", { className: "box" },
        symbol("h", t), element("span", { className: "state" }, ...cells(step.output, 1)))),
      element("span", { className: "up input" }),
      step.raw && step.raw.b ? raw(step.raw, step.label) : element("b", {}, step.label),
      element("small", {}, "t = " + t + (differs(t) === null ? "" : " ≠"))));
    });
    const list = element("ol", { className: backwards ? "steps backwards" : "steps" }, ...steps);
    const note = backwards ? ["The norm of ∂L/∂", symbol("h", "t"), " is above each cell."]
      : trace.steps.some((step) => step.classes.length) ? ["The target, its probability and the distribution are above each cell."] : [];
    return element("div", {}, element("div", { className: "scroll overview" }, list), element("p", { className: "note" }, ...note));
  }
  function legend(trace) {
    const at = { input: ["x", "t"], recurrent: ["h", "t\u22121"], output: ["h", "t"] };
    const groups = trace.joint ? ["input", "output"] : ["input", "recurrent", "output"];
    return element("ul", { className: "legend" }, ...groups.map((group) => {
      const names = trace.weights.filter((one) => one.arrows.includes(group) && one.shape.length > 1)
        .map((one) => one.name + " (" + one.shape.join(" × ") + ")").join(", ");
      const symbols = trace.joint && group === "input"
        ? ["[", symbol("x", "t"), "; ", symbol("h", "t\u22121"), "]"] : [symbol(...at[group])];
      return element("li", { className: group }, ...symbols, " → ", names || "no matrix");
    }), element("li", { className: "note" }, "the same weights at every step"));
  }

  function forwardPanel(trace, t) {
    const before = minus(t), step = trace.steps[t];
    const marked = (quantity) => (differs(t) === quantity ? "differs" : "");
    const given = [[[symbol("x", t)], "the input as a vector", step.x]];
    trace.states.forEach((name, place) => given.push([[symbol(name, before)], "the state before", step.before[place]]));
    const rows = given.map(([names, source, value]) => ({ names, source, value, style: "" }));
    const first = rows.length, counts = {};
    step.values.forEach((value) => {
      const count = counts[value.name] = (counts[value.name] || 0) + 1;
      const quantity = count === 1 ? value.name : value.name + " (" + count + ")";
      rows.push({ names: [value.name || value.kind], source: value.source, value: value.value,
        style: value.name ? marked(quantity) : "unnamed" });
    });
    trace.states.forEach((name, place) => {
      const after = step.states[place], style = marked(name + "_t") || (place ? "" : marked("h_t"));
      const same = rows.slice(first).reverse().find((row) => JSON.stringify(row.value) === JSON.stringify(after));
      // most often the last value of the cell is its state
      if (!same) rows.push({ names: [symbol(name, t)], source: "the state after", value: after, style });
      else {
        same.names.push(" = ", symbol(name, t));
        same.style = same.style || style;
      }
    });
    const list = element("dl", { className: "values" }, ...rows.map((row) => element("div", { className: row.style },
      element("dt", {}, element("strong", {}, ...row.names), element("code", {}, row.source)),
      element("dd", {}, drawn(row.value, row.source)))));
    const input = element("p", { className: "reading" }, element("b", {}, step.label),
      step.number === null ? null : element("small", {}, " number " + step.number + " of the vocabulary"));
    return element("div", { className: "panel" },
      block([symbol("h", t), " = f(", symbol("x", t), ", ", symbol("h", before), ")"], input,
        step.raw && step.raw.b ? raw(step.raw, step.label) : null,
        step.raw && step.raw.line ? element("div", {}, element("small", {}, "as given"), raw(step.raw, step.label)) : null, list),
      element("div", {}, outputBlock(trace, step, t), block("Weights, the same at every step", ...trace.weights.map((weight, place) =>
        element("details", { data: { weight: "w" + place } }, element("summary", {}, element("strong", {}, weight.name),
          element("small", {}, " " + weight.shape.join(" × "))), drawn(weight.value, weight.name))))));
  }
  function outputBlock(trace, step, t) {
    const title = ["Output layer of ", symbol("h", t)];
    const loss = step.loss === null ? null : element("p", { className: "loss" }, "loss ",
      step.classes.some((row) => row.true) ? "= −ln p(target) = " : "= ", element("b", {}, number(step.loss)), " " + trace.unit,
      step.perplexity === null ? null : element("small", {}, "perplexity of the steps so far ", element("b", {}, number(step.perplexity))));
    const at = (quantity) => (differs(t) === quantity ? "differs" : "");
    if (step.prediction) {
      return block(title, element("h4", {}, "Prediction"), element("div", { className: at("prediction") }, drawn(step.prediction, "prediction")),
        step.target === null ? null : element("p", {}, "target " + step.target), loss);
    }
    if (!step.classes.length) return block(title, element("p", { className: "note" }, "This task has no output at this step."), loss);
    const best = Math.max(...step.classes.map((row) => (typeof row.p === "number" ? row.p : 0)));
    const body = element("tbody", {}, ...step.classes.map((row) => element("tr", { className: row.true ? "true" : "" },
      element("th", { scope: "row" }, row.label),
      element("td", { className: "right" }, row.logit === null ? "" : number(row.logit)),
      element("td", { className: "bar" }, element("i", { style: { "--share": 100 * share(row.p, best) } })),
      element("td", { className: "right" }, number(row.p)),
      element("td", {}, row.true ? "← target" : ""))));
    const head = element("thead", {}, element("tr", {}, ...["class", "logit", step.sums ? "softmax" : "probability", "p", ""].map((name) =>
      element("th", { scope: "col", className: name === "logit" || name === "p" ? "right" : "" }, name))));
    return block(title, element("table", { className: "distribution " + at("logits") }, head, body),
      step.others ? element("p", { className: "note" }, "and " + step.others + " less likely classes") : null,
      step.target !== null && !step.classes.some((row) => row.true) ? element("p", {}, "target " + step.target) : null, loss);
  }

  function backwardPanel(trace, t) {
    const one = trace.gradients[t], last = trace.steps.length - 1, before = minus(t);
    const later = one.by.slice(t), labels = later.map((_, place) => "s = " + (t + place));
    const states = one.state.map((value, place) => element("div", {},
      element("h4", {}, "∂L/∂", symbol(trace.states[place], t)), drawn(value, "gradient of the state")));
    const radius = element("p", { className: "note" }, "spectral norm ", element("b", {}, number(one.norm)), ", spectral radius ", element("b", {}, number(one.radius)),
      trace.states.length > 1 ? ", over " + trace.states.join(", ") + " one after the other" : "", ". Going back over this step, the norm of a gradient is multiplied by the spectral norm at most.");
    const weights = trace.weights.map((weight, place) => {
      const of = one.weights[place], at = weight.arrows[0];
      return element("details", { open: place < 2, data: { weight: "g" + place } }, element("summary", { className: at || "" }, element("strong", {}, "∂L/∂ " + weight.name), element("small", {}, " " + weight.shape.join(" × "))),
        element("div", { className: "pair" },
          element("div", {}, element("h4", {}, "the term of this step"), drawn(of.term, "term of " + weight.name)),
          element("div", {}, element("h4", {}, t ? "the sum of steps " + t + " to " + last : "the gradient, the sum of all steps"), drawn(of.sum, "sum of " + weight.name))));
    });
    return element("div", { className: "panel" },
      block(["∂L/∂", symbol("h", t), " by the loss that it comes from"],
        element("p", { className: "note" }, "L is the mean loss. Norm of the gradient of the loss of each step s ≥ t with respect to the states after step t; s = t is the step's own loss."),
        columns(later, labels, 0), ...states),
      block(["Jacobian ∂", symbol("h", t), "/∂", symbol("h", before)], drawn(one.jacobian, "Jacobian"), radius,
        element("h4", {}, "Spectral norm of the Jacobian at each step"),
        columns(trace.gradients.map((other) => other.norm), trace.gradients.map((_, place) => "t = " + place), t, go)),
      block("From each loss to each state", heat(trace, t)),
      block("Gradients of the weights", element("p", { className: "note" }, "The gradient of a shared weight is the sum of one term a step, added from the last step back to the first."), ...weights));
  }
  // step t of each row, loss s of each column, on a logarithmic scale
  function heat(trace, t) {
    const count = trace.gradients.length;
    const most = Math.max(...trace.gradients.flatMap((one) => one.by.filter((value) => typeof value === "number")), 1e-30);
    const by = Math.ceil(count / 128), side = Math.ceil(count / by);
    const level = (value) => (value > 0 ? Math.max(0, 1 + Math.log10(value / most) / 6) : 0);
    const pixels = [];
    for (let row = 0; row < side; row++) for (let column = 0; column < side; column++) {
      pixels.push(mixed(level(trace.gradients[row * by].by[Math.min(count - 1, column * by)])));
    }
    const map = canvas(side, side, (place) => pixels[place], "Gradients from each loss to each state");
    map.className = "picture";
    const mark = element("span", { className: "mark", style: { "--at": t / count, "--high": 1 / count } });
    return element("figure", {}, element("div", { className: "heat" }, map, mark),
      element("figcaption", {}, "Down: the state after step t, 0 to " + (count - 1) + ". To the right: the loss of step s. The colour is the logarithm of the norm, from a millionth of the largest, " + number(most) + "."));
  }

  function where() {
    const step = data.traces[0].steps[Math.min(now, data.traces[0].steps.length - 1)];
    return "Step " + now + " of 0 to " + (total - 1) + ": input " + step.label + (step.target === null ? "" : ", target " + step.target);
  }
  function section(trace, place) {
    const t = Math.min(now, trace.steps.length - 1);
    const facts = trace.task + ", " + (trace.run === null ? "untrained" : trace.run) + ", loss " + (trace.loss === null ? "none" : number(trace.loss) + " " + trace.unit);
    return element("article", { className: "trace" + (trace.joint ? " joint" : ""), data: { cell: place } },
      element("h2", {}, trace.cell, element("small", {}, facts)), legend(trace), overview(trace),
      backwards ? backwardPanel(trace, t) : forwardPanel(trace, t));
  }
  function render() {
    palette = {};
    const area = document.getElementById("traces");
    const places = Array.from(area.querySelectorAll(".overview"), (one) => one.scrollLeft);
    const open = new Map(Array.from(area.querySelectorAll("details"), (one) => [one.closest("article").dataset.cell + one.dataset.weight, one.open]));
    const focused = area.contains(document.activeElement) && document.activeElement.classList.contains("step")
      ? document.activeElement.closest("article").dataset.cell : null;
    area.replaceChildren(...data.traces.map(section));
    area.querySelectorAll("details").forEach((one) => {
      const was = open.get(one.closest("article").dataset.cell + one.dataset.weight);
      if (was !== undefined) one.open = was;
    });
    area.querySelectorAll(".overview").forEach((one, place) => {
      one.scrollLeft = places[place] || 0;
      const current = one.querySelector("[aria-current]");
      if (!current) return;
      const left = current.offsetLeft - one.offsetLeft - (one.clientWidth - current.offsetWidth) / 2;
      const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
      one.scrollTo({ left: left, behavior: calm ? "auto" : "smooth" });
      if (focused === one.closest("article").dataset.cell) current.focus({ preventScroll: true });
    });
    document.getElementById("where").textContent = where();
    slider.value = now;
    slider.setAttribute("aria-valuetext", where());
    const set = (id, name, value) => document.getElementById(id).setAttribute(name, String(value));
    ["first", "previous"].forEach((id) => set(id, "aria-disabled", now === 0));
    ["next", "last"].forEach((id) => set(id, "aria-disabled", now === total - 1));
    set("forwards", "aria-pressed", !backwards);
    set("backwards", "aria-pressed", backwards);
  }
  function go(step) {
    now = Math.max(0, Math.min(total - 1, step));
    render();
  }
  function turn(back) {
    backwards = back;
    render();
  }

  slider.max = total - 1;
  slider.addEventListener("input", () => go(Number(slider.value)));
  [["first", () => 0], ["previous", () => now - 1], ["next", () => now + 1], ["last", () => total - 1]].forEach(([id, to]) => {
    document.getElementById(id).addEventListener("click", () => go(to()));
  });
  document.getElementById("forwards").addEventListener("click", () => turn(false));
  document.getElementById("backwards").addEventListener("click", () => turn(true));
  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    // what is scrolled by the keyboard keeps its arrow keys
    const region = event.target.closest(".scroll:focus-visible");
    if (region && region.scrollWidth > region.clientWidth) return;
    const to = { ArrowLeft: now - 1, ArrowRight: now + 1, Home: 0, End: total - 1 }[event.key];
    if (to !== undefined) go(to);
    else if (event.key === "b" || event.key === "B") turn(!backwards);
    else return;
    event.preventDefault();
  });
  // a finger drawn across the page, not along what scrolls, is a step
  let start = null;
  document.addEventListener("touchstart", (event) => {
    const touch = event.touches[0];
    start = event.touches.length > 1 || event.target.closest(".scroll, input") ? null : { x: touch.clientX, y: touch.clientY };
  }, { passive: true });
  document.addEventListener("touchend", (event) => {
    const touch = event.changedTouches[0];
    if (!start) return;
    const x = touch.clientX - start.x, y = touch.clientY - start.y;
    if (Math.abs(x) > 50 && Math.abs(x) > 2 * Math.abs(y)) go(now + (x < 0 ? 1 : -1));
  }, { passive: true });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", render);

  const notice = document.getElementById("difference");
  if (notice && data.difference) {
    const at = data.difference.step;
    notice.append(element("button", { type: "button", onclick: () => go(at) }, "First difference: step " + (at)),
      " in ", element("code", {}, data.difference.quantity));
  } else if (notice) {
    notice.append("No value differs: the two cells agree at every step.");
  }
  render();
})();
