"use strict";
// Small comforts; the page is whole without them.
(() => {
  const root = document.documentElement, find = document.getElementById("find"), said = document.getElementById("said");
  const pairs = [...document.querySelectorAll(".pair")];
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const spanish = () => document.getElementById("es").checked;
  root.classList.add("scripted");

  // What was chosen is kept where the browser allows it, which some do not for files.
  const keep = (key, value) => { try { localStorage.setItem("minigrad-" + key, value); } catch { /* not kept */ } };
  const kept = key => { try { return localStorage.getItem("minigrad-" + key); } catch { return null; } };
  for (const name of ["language", "theme"]) {
    const choices = all(`input[name=${name}]`), before = choices.find(each => each.id === kept(name));
    if (before) before.checked = true;
    choices.forEach(each => each.addEventListener("change", () => { keep(name, each.id); spoken(); }));
  }
  function spoken() { root.lang = spanish() ? "es" : "en"; find.placeholder = spanish() ? "buscar una función  /" : "find a function  /"; }
  spoken();

  // A line's twins.
  function light(line, on) {
    const pair = line.closest(".pair");
    const wanted = new Set(line.dataset.t.split(" "));
    for (const other of all("[data-t]", pair)) {
      if (other.dataset.t.split(" ").some(each => wanted.has(each))) other.classList.toggle("twin", on);
    }
  }
  document.addEventListener("mouseover", event => {
    const line = event.target.closest("[data-t]"), before = event.relatedTarget?.closest?.("[data-t]");
    if (line === before) return;
    if (before) light(before, false);
    if (line) light(line, true);
  });

  // Names in code become <var>: here, because in the file they would be an eighth of it.
  const isPlain = node => node.parentElement.closest("pre code") && !node.parentElement.closest("i, var");
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, node => isPlain(node) ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_REJECT);
  const plain = [];
  while (walker.nextNode()) plain.push(walker.currentNode);
  for (const node of plain) {
    node.replaceWith(...node.data.split(/([A-Za-z_]\w*)/).map((piece, i) => i % 2 ? Object.assign(document.createElement("var"), {textContent: piece}) : piece));
  }

  // A name's uses, under PyTorch's spelling too.
  const synonyms = [["x", "self", "input"], ["dz", "grad", "grad_output"], ["z", "result"], ["y", "other"], ["np", "torch"]];
  let named = "";
  function name(text) {
    all("var.lit").forEach(each => each.classList.remove("lit"));
    named = text === named ? "" : text;
    said.textContent = "";
    if (!named) return;
    const wanted = synonyms.find(each => each.includes(named)) || [named];
    const uses = all("var").filter(each => wanted.includes(each.textContent));
    uses.forEach(each => each.classList.add("lit"));
    const rows = new Set(uses.map(each => each.closest(".pair"))).size;
    said.textContent = spanish() ? `${wanted.join(", ")}: ${uses.length} usos en ${rows} filas` : `${wanted.join(", ")}: ${uses.length} uses in ${rows} rows`;
  }
  document.addEventListener("click", event => { if (event.target.matches?.("pre var")) name(event.target.textContent); });

  // The filter: names first, then formulas and code. Meanwhile the rest of the page is hidden.
  const differing = document.getElementById("differing"), formula = pair => all(".maths div", pair).map(each => each.textContent);
  const lower = text => text.toLowerCase(), texts = new Map();
  for (const pair of pairs) texts.set(pair, [pair.dataset.name, lower(formula(pair).join(" ")), lower(pair.textContent)]);
  const asked = () => lower(find.value).split(/\s+/).filter(Boolean), hasName = (pair, words) => words.every(word => texts.get(pair)[0].includes(word));
  let before = 0;
  function matches(pair, words) {
    const [, maths, text] = texts.get(pair);
    return hasName(pair, words) || words.every(word => word.length > 1 && maths.includes(word) || word.length > 2 && text.includes(word));
  }
  function filter() {
    const words = asked(), on = words.length > 0;
    if (on && !root.classList.contains("filtering")) before = scrollY;
    for (const pair of pairs) pair.hidden = !matches(pair, words) || differing.checked && pair.classList.contains("bits");
    for (const group of all("section.group")) group.hidden = !all(".pair:not([hidden])", group).length;
    all(".chip").forEach(chip => { chip.hidden = document.getElementById(chip.hash.slice(1)).hidden; });
    all(".index p").forEach(line => { line.hidden = !all(".chip:not([hidden])", line).length; });
    const shown = pairs.filter(pair => !pair.hidden).length;
    document.getElementById("nothing").hidden = shown > 0;
    document.querySelector(".index").hidden = !shown;
    const one = shown === 1, counted = spanish() ? `${shown} ${one ? "fila" : "filas"}` : `${shown} ${one ? "row" : "rows"}`;
    said.textContent = !(on || differing.checked) ? "" : shown ? counted : spanish() ? "sin resultados" : "nothing found";
    if (root.classList.toggle("filtering", on)) scrollTo(0, 0);
  }
  function clear() {
    const was = root.classList.contains("filtering"), gone = pairs.find(pair => "#" + pair.id === location.hash);
    find.value = "";
    filter();
    if (was && gone) gone.scrollIntoView(); else if (was) scrollTo(0, before);
  }
  function firstHit() {
    const hits = pairs.filter(pair => !pair.hidden), words = asked();
    to(hits.find(pair => hasName(pair, words)) || hits[0]);
  }
  find.addEventListener("input", filter);
  differing.addEventListener("change", filter);
  document.addEventListener("click", event => {  // a link to what the filter hides
    const link = event.target.closest?.("a[href^='#']"), target = link && document.getElementById(link.hash.slice(1));
    if (target?.closest("[hidden], .filtering main > :not(.symbols, .group)")) { differing.checked = false; clear(); }
  });

  // Keys: j and k, / and Esc; lesson.js has the arrows.
  function go(step) {
    const visible = pairs.filter(pair => pair.offsetParent), edge = 90;
    const next = step > 0
      ? visible.find(pair => pair.getBoundingClientRect().top > edge)
      : visible.findLast(pair => pair.getBoundingClientRect().top < edge - 40);
    to(next);
  }
  function to(pair) {
    if (pair) { pair.scrollIntoView(); history.replaceState(null, "", "#" + pair.id); }
  }
  document.addEventListener("keydown", event => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches?.("input[type=search]");
    if (event.key === "Escape") { clear(); if (named) name(named); find.blur(); }
    else if (typing && event.key === "Enter") firstHit();
    else if (typing) return;
    else if (event.key === "j") go(1);
    else if (event.key === "k") go(-1);
    else if (event.key === "/") { event.preventDefault(); find.focus({ preventScroll: true }); }
  });
})();
