"use strict";
// Everything here is a convenience: the page is whole without it.
(function () {
  const root = document.documentElement;
  const tools = document.querySelector(".tools");
  const button = document.querySelector("button.theme");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const show = () => button.setAttribute("aria-pressed", String(isDark()));
  tools.hidden = false;
  try { const kept = localStorage.getItem("reportgen-theme"); if (kept) root.dataset.theme = kept; } catch { /* file: may forbid it */ }
  show();
  dark.addEventListener("change", show);
  button.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    try { localStorage.setItem("reportgen-theme", root.dataset.theme); } catch { /* as above */ }
    show();
  });

  const filter = document.querySelector(".filter");
  if (filter) {
    filter.hidden = false;
    filter.addEventListener("click", (event) => {
      const chosen = event.target.closest("button");
      if (!chosen) return;
      for (const b of filter.querySelectorAll("button")) b.setAttribute("aria-pressed", String(b === chosen));
      const verdict = chosen.dataset.filter;
      for (const row of document.querySelectorAll("[data-verdict]")) {
        const fits = !verdict || row.dataset.verdict === verdict || (verdict === "erratum" && row.dataset.erratum);
        if (row.tagName === "TR") row.hidden = !fits; else row.classList.toggle("faded", !fits);
      }
      for (const group of document.querySelectorAll(".board tbody"))
        group.hidden = !group.querySelector("tr[data-verdict]:not([hidden])");
    });
  }

  // contents: fold on narrow screens, mark the section in view
  const contents = document.querySelector("nav.contents details");
  const narrow = matchMedia("(max-width: 74rem)");
  const fold = () => { contents.open = !narrow.matches; };
  fold();
  narrow.addEventListener("change", fold);
  contents.addEventListener("click", (event) => { if (narrow.matches && event.target.closest("a")) contents.open = false; });
  const links = new Map([...contents.querySelectorAll("a")].map((a) => [decodeURIComponent(a.hash.slice(1)), a]));
  const watcher = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      for (const a of links.values()) a.removeAttribute("aria-current");
      links.get(entry.target.id).setAttribute("aria-current", "true");
    }
  }, { rootMargin: "0px 0px -70% 0px" });
  for (const id of links.keys()) { const heading = document.getElementById(id); if (heading) watcher.observe(heading); }

  // previews of what a reference names, on hover or focus
  const preview = document.getElementById("preview");
  const hide = () => { preview.hidden = true; preview.replaceChildren(); };
  const open = (link) => {
    const target = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!target || !target.matches("figure, .claim, .equation") || target.contains(link)) return;
    const box = target.getBoundingClientRect();
    if (box.top >= 0 && box.bottom <= innerHeight) return;
    const copy = target.cloneNode(true);
    copy.removeAttribute("id");
    for (const part of copy.querySelectorAll("[id]:not(svg [id])")) part.removeAttribute("id");
    for (const part of copy.querySelectorAll("a, [tabindex]")) { part.removeAttribute("href"); part.removeAttribute("tabindex"); }
    preview.replaceChildren(copy);
    preview.hidden = false;
    const at = link.getBoundingClientRect();
    const height = preview.offsetHeight, width = preview.offsetWidth;
    preview.style.top = `${at.bottom + 8 + height < innerHeight ? at.bottom + 8 : Math.max(8, at.top - height - 8)}px`;
    preview.style.left = `${Math.max(8, Math.min(at.left, innerWidth - width - 8))}px`;
  };
  if (matchMedia("(hover: hover)").matches)
    for (const link of document.querySelectorAll("main a[href^='#']:not(.id)")) {
      link.addEventListener("mouseenter", () => open(link));
      link.addEventListener("mouseleave", hide);
      link.addEventListener("focus", () => open(link));
      link.addEventListener("blur", hide);
    }
  addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
  addEventListener("scroll", hide, { passive: true });
})();
