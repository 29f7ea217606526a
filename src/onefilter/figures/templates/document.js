// Headers sort their table: numbers by value, words by letter; a second click turns the order round.
"use strict";
for (const button of document.querySelectorAll("th button")) {
  button.addEventListener("click", () => {
    const header = button.closest("th");
    const body = header.closest("table").tBodies[0];
    const falling = header.getAttribute("aria-sort") === "ascending";
    for (const other of header.parentElement.children) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", falling ? "descending" : "ascending");
    const value = (row) => row.cells[header.cellIndex].textContent;
    const number = (text) => Number(text.replace("−", "-"));
    const rows = Array.from(body.rows);
    rows.sort((one, other) => {
      const [a, b] = [value(one), value(other)];
      // What is missing comes last in either order.
      if (a === "–" || b === "–") return (a === "–") - (b === "–");
      const order = Number.isNaN(number(a)) || Number.isNaN(number(b)) ? a.localeCompare(b) : number(a) - number(b);
      return falling ? -order : order;
    });
    body.append(...rows);
  });
}
