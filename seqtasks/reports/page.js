"use strict";
// Sorts a table by the column whose heading is pressed: down, up, as it was.
(function () {
  function number(text) {
    // a cell of numbers begins with one, as in "1.69 ± 0.01" or "(1.2 ± 0.3)e-05"
    var found = /^[(\[]?([-+]?[\d,]*\.?\d+(?:e[-+]?\d+)?)[^)]*(?:\)(e[-+]?\d+))?/i.exec(text);
    return found ? parseFloat(found[1].replace(/,/g, "") + (found[2] || "")) : NaN;
  }
  function compare(a, b, down, numeric) {
    if (a === "" || b === "") return (a === "") - (b === "");
    var x = number(a), y = number(b), order;
    if (numeric && (isNaN(x) || isNaN(y))) return isNaN(x) - isNaN(y);
    order = numeric ? x - y : a.localeCompare(b, "en", { numeric: true });
    return down ? -order : order;
  }
  // of a cell with two numbers, the one that is shown
  function text(cell) {
    var shown = Array.from(cell.children).filter(function (part) {
      return /^(score|skill)$/.test(part.className) && getComputedStyle(part).display !== "none";
    });
    return (shown[0] || cell).textContent.trim();
  }
  function sortable(table) {
    var body = table.tBodies[0], original = Array.from(body.rows);
    var headings = Array.from(table.tHead.rows[0].cells);
    headings.forEach(function (heading, index) {
      var button = document.createElement("button");
      button.type = "button";
      while (heading.firstChild) button.appendChild(heading.firstChild);
      heading.appendChild(button);
      button.addEventListener("click", function () {
        var was = heading.getAttribute("aria-sort");
        var now = { ascending: "descending", descending: "" }[was];
        if (now === undefined) now = "ascending";
        headings.forEach(function (other) { other.removeAttribute("aria-sort"); });
        if (now) heading.setAttribute("aria-sort", now);
        sort();
      });
    });
    function sort() {
      var rows = original.slice();
      headings.forEach(function (heading, index) {
        var now = heading.getAttribute("aria-sort");
        if (now) rows.sort(function (a, b) {
          return compare(text(a.cells[index]), text(b.cells[index]),
            now === "descending", heading.className === "right");
        });
      });
      rows.forEach(function (row) { body.appendChild(row); });
    }
    table.addEventListener("numbers", sort);
  }
  document.querySelectorAll("table.sortable").forEach(sortable);
})();

// The table of all tasks: scores or skill scores, and a filter of rows and columns.
(function () {
  var table = document.getElementById("matrix");
  document.querySelectorAll(".controls").forEach(function (one) { one.hidden = false; });
  if (!table) return;
  var rows = Array.from(table.tBodies[0].rows);
  var headings = Array.from(table.tHead.rows[0].cells);
  var described = 3;  // the columns before those of the cells
  document.querySelectorAll("#matrix-controls .choice").forEach(function (button, _, all) {
    button.addEventListener("click", function () {
      all.forEach(function (other) { other.setAttribute("aria-pressed", String(other === button)); });
      table.classList.toggle("skills", button.dataset.show === "skill");
      table.dispatchEvent(new Event("numbers"));
    });
  });
  function matching(elements, words) {
    return elements.filter(function (element) {
      var name = element.textContent.trim().toLowerCase();
      return words.some(function (word) { return name.indexOf(word) >= 0; });
    });
  }
  document.getElementById("matrix-filter").addEventListener("input", function (event) {
    var words = event.target.value.toLowerCase().split(/[\s,]+/).filter(Boolean);
    // words that name no task filter cells alone, and the other way round
    var names = rows.map(function (row) { return row.cells[0]; });
    var tasks = matching(names, words), cells = matching(headings.slice(described), words);
    var none = words.length && !tasks.length && !cells.length;
    rows.forEach(function (row) {
      row.hidden = none || tasks.length > 0 && tasks.indexOf(row.cells[0]) < 0;
      Array.from(row.cells).forEach(hide);
    });
    headings.forEach(hide);
    function hide(cell, index) {
      cell.hidden = index >= described && cells.length > 0 && cells.indexOf(headings[index]) < 0;
    }
  });
})();

// Draws each chart when it is scrolled to, in the colours of the style sheet.
(function () {
  var figures = JSON.parse(document.getElementById("figures").textContent);
  var root = document.documentElement;
  var drawn = [];
  function colour(name) {
    return getComputedStyle(root).getPropertyValue("--" + name).trim();
  }
  function coloured(trace) {
    var own = colour(trace.meta.colour);
    var copy = Object.assign({}, trace);
    if (trace.line) copy.line = Object.assign({}, trace.line, { color: own });
    if (trace.marker) {
      // a disc has the page around it, a stroke its own colour
      var line = Object.assign({}, trace.marker.line);
      line.color = /^(x-thin|line-ns|diamond-open)/.test(trace.marker.symbol) ? own : colour("page");
      copy.marker = Object.assign({}, trace.marker, { color: own, line: line });
    }
    if (trace.error_x) copy.error_x = Object.assign({}, trace.error_x, { color: own });
    if (trace.mode === "text") copy.textfont = { color: colour("quiet") };
    return copy;
  }
  function axis(given) {
    return Object.assign({ gridcolor: colour("grid"), linecolor: colour("quiet"), zeroline: false,
      automargin: true, ticks: "" }, given, { title: Object.assign({ standoff: 8 }, given.title) });
  }
  function layout(given, element) {
    var narrow = element.clientWidth < 480;
    var page = colour("page"), text = colour("text");
    var names = figures[element.id].data.filter(function (trace) { return trace.name && trace.showlegend !== false; });
    var lines = given.showlegend === false ? 0 : narrow ? names.length : Math.ceil(names.length / 3);
    return Object.assign({}, given, {
      height: given.height + Math.min(lines, 20) * 22,
      // zoom and hidden models stay when the colours change
      uirevision: given.uirevision || "kept",
      xaxis: axis(given.xaxis),
      yaxis: axis(given.yaxis),
      shapes: (given.shapes || []).map(function (shape) {
        return Object.assign({}, shape, { layer: "below", line: Object.assign({ color: colour("mark") }, shape.line) });
      }),
      font: { family: getComputedStyle(document.body).fontFamily, size: narrow ? 10.5 : 12, color: text },
      paper_bgcolor: page,
      plot_bgcolor: page,
      hoverlabel: { bgcolor: page, bordercolor: colour("quiet"), font: { color: text } },
      modebar: { bgcolor: "rgba(0,0,0,0)", color: colour("quiet"), activecolor: text },
      margin: { l: 8, r: 12, t: 28, b: 8 },
      hovermode: "closest",
      // on a touch screen a finger on a chart scrolls the page
      dragmode: matchMedia("(pointer: coarse)").matches ? false : "zoom"
    });
  }
  function load() {
    // plotly.js is run when the first chart is drawn: the page opens without it
    var script = document.createElement("script");
    script.textContent = document.getElementById("plotly").textContent;
    document.head.appendChild(script);
  }
  // a model that is hidden in the curves is hidden in the scores
  function follow(element) {
    var scores = document.getElementById(element.id.replace("curves", "scores"));
    if (!scores || scores === element || !scores.data) return;
    var hidden = element.data.filter(function (trace) { return trace.visible === "legendonly"; })
      .map(function (trace) { return trace.legendgroup; });
    Plotly.restyle(scores, { visible: scores.data.map(function (trace) {
      return !trace.legendgroup || hidden.indexOf(trace.legendgroup) < 0;
    }) });
  }
  function draw(element) {
    if (!window.Plotly) load();
    var figure = figures[element.id];
    var first = drawn.indexOf(element) < 0;
    if (first) drawn.push(element);
    Plotly.react(element, figure.data.map(coloured), layout(figure.layout, element), {
      displaylogo: false, responsive: true, showTips: false,
      // by name: plotly.js has a button that sends a chart to a server
      modeBarButtons: [["toImage", "zoom2d", "pan2d", "zoomIn2d", "zoomOut2d", "resetScale2d"]]
    });
    if (first && /curves$/.test(element.id)) element.on("plotly_restyle", function () { follow(element); });
    element.dataset.drawn = "";
  }
  document.querySelectorAll(".choice[data-chart]").forEach(function (button) {
    button.addEventListener("click", function () {
      var id = button.dataset.chart, variants = figures[id].variants;
      figures[id] = Object.assign({ variants: variants }, variants[button.dataset.variant]);
      button.parentNode.querySelectorAll(".choice").forEach(function (other) {
        other.setAttribute("aria-pressed", String(other === button));
      });
      draw(document.getElementById(id));
    });
  });
  var charts = Array.from(document.querySelectorAll(".chart"));
  // the page does not move when a chart is drawn
  charts.forEach(function (element) { element.style.minHeight = element.dataset.height + "px"; });
  var observer = new IntersectionObserver(function (entries) {
    entries.forEach(function (entry) {
      if (!entry.isIntersecting) return;
      observer.unobserve(entry.target);
      draw(entry.target);
    });
  }, { rootMargin: "300px" });
  charts.forEach(function (element) { observer.observe(element); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () { drawn.forEach(draw); });
  addEventListener("beforeprint", function () { root.classList.add("light"); charts.forEach(draw); });
  addEventListener("afterprint", function () { root.classList.remove("light"); charts.forEach(draw); });
})();
