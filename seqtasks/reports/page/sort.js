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
        var rows = original.slice();
        if (now) rows.sort(function (a, b) {
          return compare(a.cells[index].textContent, b.cells[index].textContent,
            now === "descending", heading.className === "right");
        });
        rows.forEach(function (row) { body.appendChild(row); });
      });
    });
  }
  document.querySelectorAll("table.sortable").forEach(sortable);
})();
