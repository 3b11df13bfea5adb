"use strict";
// The lesson: backward one node at a time, and how an entry of a gradient is computed.
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const walk = document.getElementById("backward"), controls = walk.querySelector(".controls");
  const cards = all(".card", walk), nodes = all(".node", walk);
  const back = document.getElementById("back"), on = document.getElementById("on"), every = document.getElementById("allsteps");

  // An entry's arithmetic is written out, and what it is made of is lit.
  function write(button) {
    const item = button.closest("li"), chosen = item.querySelector(".chosen"), uses = button.dataset.uses.split(" ");
    item.querySelector(".sum").textContent = button.dataset.symbols;
    item.querySelector(".put").textContent = button.dataset.numbers;
    chosen.hidden = !button.dataset.chosen;
    chosen.querySelector("b").textContent = button.dataset.chosen || "";
    for (const cell of all("[data-at]", button.closest(".card"))) {
      cell.classList.toggle("lit", uses.includes(cell.dataset.at));
      cell.classList.toggle("asked", cell === button.parentElement);
    }
  }
  for (const kind of ["mouseover", "focusin", "click"]) {
    walk.addEventListener(kind, event => {
      const button = event.target.closest(".sent button");
      if (button) write(button);
    });
  }

  // One card at a time; its node is lit in the graph, and the gradients that are known are filled in.
  let turn = 0;
  function step(to) {
    turn = Math.max(0, Math.min(to, cards.length - 1));
    const taken = cards.slice(0, turn).map(each => each.dataset.node), now = cards[turn];
    cards.forEach(each => each.classList.toggle("now", each === now));
    for (const node of nodes) {
      node.classList.toggle("now", node.dataset.node === now.dataset.node);
      node.classList.toggle("done", taken.includes(node.dataset.node));
    }
    walk.classList.toggle("stepping", !every.checked);
    document.getElementById("place").textContent = every.checked ? "" : `${turn + 1} / ${cards.length}`;
    back.disabled = every.checked || turn === 0;
    on.disabled = every.checked || turn === cards.length - 1;
    const first = now.querySelector(".sum")?.textContent;
    const button = all(".sent button", now).find(each => each.dataset.symbols === first);
    if (button) write(button);
  }
  // The card is brought into sight with as much of the graph as the window holds.
  function go(to) {
    step(to);
    const card = cards[turn].getBoundingClientRect(), above = card.top - controls.getBoundingClientRect().top;
    if (card.top >= 0 && card.top < innerHeight - 240) return;
    (above < innerHeight - 240 ? controls : cards[turn]).scrollIntoView();
  }
  const turnOf = node => cards.findIndex(each => each.dataset.node === node.dataset.node);
  back.addEventListener("click", () => go(turn - 1));
  on.addEventListener("click", () => go(turn + 1));
  every.addEventListener("change", () => step(turn));
  for (const node of nodes) node.addEventListener("click", event => { event.preventDefault(); go(turnOf(node)); });
  const linked = () => {
    const found = cards.findIndex(each => "#" + each.id === location.hash);
    if (found >= 0) { step(found); controls.scrollIntoView(); }
  };
  addEventListener("hashchange", linked);
  step(0);
  linked();
  document.addEventListener("keydown", event => {  // the arrows, where the steps are what is looked at
    if (event.ctrlKey || event.metaKey || event.altKey || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
    const where = walk.getBoundingClientRect(), seen = where.bottom > 150 && where.top < innerHeight - 150;
    if (every.checked || !(seen || walk.contains(event.target)) || event.target.closest?.("input, .scroll")) return;
    event.preventDefault();
    step(turn + (event.key === "ArrowRight" ? 1 : -1));
  });

  // Softmax and cross-entropy of the scores that are chosen.
  const table = document.querySelector(".bars"), rows = all("tbody tr", table), loss = document.querySelector(".loss");
  const text = (value, decimals) => value.toFixed(decimals).replace(/^-(?=0\.?0*$)/, "").replace("-", "−");
  function draw(cell, value, decimals) {
    cell.style.setProperty("--v", value);
    cell.querySelector("b").textContent = text(value, decimals);
  }
  function softmax() {
    const x = rows.map(row => row.querySelector("[type=range]").valueAsNumber), top = Math.max(...x);
    const e = x.map(score => Math.exp(score - top)), sum = e.reduce((a, b) => a + b);
    const right = rows.findIndex(row => row.querySelector("[type=radio]").checked);
    rows.forEach((row, j) => {
      const p = e[j] / sum, y = j === right ? 1 : 0;
      row.querySelector("output").textContent = text(x[j], 1);
      draw(row.querySelector(".p"), p, 3);
      draw(row.querySelector(".y"), y, 0);
      draw(row.querySelector(".g"), p - y, 3);
    });
    loss.querySelector("sub").textContent = right;
    loss.querySelector("b").textContent = text(Math.log(sum) + top - x[right], 3);
  }
  table.addEventListener("input", softmax);
})();
