"use strict";
// Everything from the scan is put into the page as text nodes or attribute values, never as markup.
(() => {
  const PAGE = 200;
  const SEVERITIES = ["critical", "high", "medium", "low", "info"];
  const SVG = "http://www.w3.org/2000/svg";
  const byId = (id) => document.getElementById(id);
  const data = JSON.parse(byId("data").textContent);
  const rules = new Map(data.rules.map((rule) => [rule.id, rule]));
  const resources = new Map(data.resources.map((item) => [identity(item), item]));
  const byResource = new Map(data.resources.map((item) => [identity(item), []]));
  for (const finding of data.findings) {
    const key = identity(finding);
    if (!byResource.has(key)) byResource.set(key, []);
    byResource.get(key).push(finding);
    const resource = resources.get(key) || {};
    finding.account = resource.account || "";
    finding.region = resource.region || "";
    finding.state = finding.suppression ? "suppressed" : finding.outcome;
    finding.haystack = text(finding.rule, finding.name, finding.address, finding.element, finding.message, finding.path,
      resource.name, ...finding.because);
  }
  for (const resource of data.resources) {
    resource.haystack = text(resource.address, resource.name, resource.stack, resource.kind, resource.path,
      ...byResource.get(identity(resource)).map((finding) => finding.haystack));
  }
  const form = byId("filters");
  const dialog = byId("detail");

  function identity(item) {
    return JSON.stringify([item.stack, item.address]);
  }

  function text(...parts) {
    return parts.filter(Boolean).join("\n").toLowerCase();
  }

  function element(name, attributes, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
    for (const child of children) if (child !== null && child !== undefined) node.append(child);
    return node;
  }

  // A long name, which is broken between its parts where it has to be.
  function parted(name, mark) {
    const parts = name.split(mark).flatMap((part) => [mark, element("wbr"), part]);
    return element("code", {}, ...parts.slice(2));
  }

  function place(item) {
    return item.path ? item.path + ":" + item.line : "";
  }

  function word(finding) {
    return finding.state === "fail" ? finding.severity : finding.state + " (" + finding.severity + ")";
  }

  function severity(name, finding) {
    return element(name, { class: "severity " + (finding.state === "fail" ? finding.severity : finding.state) }, word(finding));
  }

  function suppression(item) {
    return "suppressed (" + item.kind + ")" + (item.reason ? ": " + item.reason : "") + (item.until ? ", until " + item.until : "");
  }

  function remarks(finding) {
    const found = [];
    const unsaid = finding.because.filter((reason) => !finding.message.includes(reason));
    if (unsaid.length) found.push("because of " + unsaid.join(", "));
    if (finding.suppression) found.push(suppression(finding.suppression));
    return [...found, ...finding.related].map((remark) => element("div", { class: "soft" }, remark));
  }

  function opener(item) {
    const button = element("button", { type: "button", class: "link", "aria-haspopup": "dialog" }, parted(item.address, "."));
    button.addEventListener("click", () => {
      byId("detail-body").replaceChildren(...sheet(identity(item)));
      byId("detail-title").textContent = item.address;
      dialog.showModal();
      dialog.scrollTop = 0;
    });
    return button;
  }

  // A list of which a page is drawn at a time, by a button, and all of it for paper.
  function paged(body, more, row) {
    const labels = [...body.closest("table").tHead.rows[0].cells].map((cell) => cell.textContent);
    let items = [];
    let drawn = 0;
    const labelled = (line) => {
      [...line.cells].forEach((cell, index) => cell.setAttribute("data-label", labels[index]));
      return line;
    };
    const draw = (count) => {
      const rows = document.createDocumentFragment();
      for (const item of items.slice(drawn, drawn + count)) rows.append(labelled(row(item)));
      body.append(rows);
      drawn = Math.min(drawn + count, items.length);
      more.hidden = drawn === items.length;
      more.textContent = "Show " + Math.min(PAGE, items.length - drawn) + " more of " + (items.length - drawn);
    };
    more.addEventListener("click", () => {
      const next = drawn;
      draw(PAGE);
      if (more.hidden) body.rows[next].querySelector("button").focus();
    });
    return {
      get items() { return items; },
      show(found) { items = found; drawn = 0; body.replaceChildren(); draw(PAGE); },
      all() { draw(items.length); },
    };
  }

  const findings = paged(byId("findings"), byId("more"), (finding) => {
    const where = element("td", {}, opener(finding));
    if (finding.element) where.append(" ", element("code", {}, finding.element));
    return element("tr", {}, severity("td", finding),
      element("td", {}, element("code", { class: "rule" }, finding.rule), element("div", {}, finding.name)), where,
      element("td", {}, finding.message || finding.name, ...remarks(finding)),
      element("td", {}, finding.path ? parted(place(finding), "/") : ""), element("td", { class: "number" }, finding.cost || ""));
  });

  const tables = paged(byId("resources"), byId("more-resources"), (resource) => {
    const counted = (state) => byResource.get(identity(resource)).filter((item) => item.state === state).length;
    return element("tr", {}, element("td", {}, opener(resource)), element("td", {}, resource.name || ""),
      element("td", {}, resource.kind), element("td", {}, [resource.account, resource.region].filter(Boolean).join(" ")),
      element("td", {}, resource.path ? parted(place(resource), "/") : ""), element("td", { class: "number" }, String(counted("fail"))),
      element("td", { class: "number" }, String(counted("unknown"))), element("td", { class: "number" }, resource.cost || ""));
  });

  function wanted() {
    const chosen = new FormData(form);
    return {
      severity: new Set(chosen.getAll("severity")), state: new Set(chosen.getAll("state")), rule: chosen.get("rule"),
      account: chosen.get("account"), region: chosen.get("region"),
      text: (chosen.get("text") || "").trim().toLowerCase(),
    };
  }

  function severities(title, found) {
    return chart(title, SEVERITIES.map((name) => {
      const number = found.filter((finding) => finding.severity === name && finding.state === "fail").length;
      return { label: name, shown: String(number), size: number, kind: name };
    }));
  }

  function filter() {
    const want = wanted();
    const lies = (item) => (!want.account || item.account === want.account) &&
      (!want.region || item.region === want.region) && (!want.text || item.haystack.includes(want.text));
    findings.show(data.findings.filter((item) => want.severity.has(item.severity) && want.state.has(item.state) &&
      (!want.rule || item.rule === want.rule) && lies(item)));
    tables.show(data.resources.filter(lies));
    byId("count").textContent = findings.items.length + " of " + data.findings.length + " findings, " +
      tables.items.length + " of " + data.resources.length + " resources";
    byId("chart").replaceChildren(severities("Failed findings shown, by severity", findings.items));
    remember();
  }

  // A bar chart; its title says the same in words.
  function chart(title, bars) {
    const step = 36;
    const make = (name, attributes, content) => {
      const node = document.createElementNS(SVG, name);
      for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
      if (content !== undefined) node.textContent = content;
      return node;
    };
    const svg = make("svg", { role: "img", class: "chart", viewBox: "0 0 360 " + bars.length * step });
    svg.append(make("title", {}, title + ": " + bars.map((bar) => bar.label + " " + bar.shown).join(", ")));
    const most = Math.max(...bars.map((bar) => bar.size)) || 1;
    bars.forEach((bar, index) => {
      svg.append(make("text", { x: 0, y: index * step + 14 }, bar.label));
      svg.append(make("text", { x: 360, y: index * step + 14, "text-anchor": "end" }, bar.shown));
      svg.append(make("rect", { x: 0, y: index * step + 19, width: 360, height: 10, rx: 2, class: "track" }));
      svg.append(make("rect", { x: 0, y: index * step + 19, width: (360 * bar.size) / most, height: 10, rx: 2, class: bar.kind }));
    });
    return svg;
  }

  // Everything about one resource: facts, what it costs, findings, model.
  function sheet(key) {
    const resource = resources.get(key);
    const facts = element("dl", {});
    const fact = (name, value) => value && facts.append(element("dt", {}, name), element("dd", {}, value));
    fact("Stack", JSON.parse(key)[0]);
    const parts = [facts];
    if (resource) {
      fact("Kind", resource.kind);
      fact("Name", resource.name);
      fact("Source", resource.source);
      fact("Account", resource.account);
      fact("Region", resource.region);
      fact("Declared in", place(resource));
      fact("Monthly cost", resource.cost);
      if (resource.parts.length) {
        const bars = resource.parts.map(([label, shown, size]) => ({ label, shown, size, kind: "cost" }));
        parts.push(element("h3", {}, "Cost a month"), chart("Cost a month", bars));
      }
    }
    const found = byResource.get(key) || [];
    parts.push(element("h3", {}, "Findings"));
    if (found.length) parts.push(severities("Failed findings, by severity", found), element("ul", {}, ...found.map(item)));
    else parts.push(element("p", {}, "No rule has anything to say about it."));
    if (resource && Object.keys(resource.model).length) {
      parts.push(element("details", { class: "model", open: "" },
        element("summary", {}, element("h3", {}, "Model")), tree(resource.model)));
    }
    return parts;
  }

  function item(finding) {
    const rule = rules.get(finding.rule);
    const node = element("li", {}, severity("span", finding), " ", element("code", {}, finding.rule), " ", finding.name,
      finding.element ? element("code", {}, " " + finding.element) : null, element("div", {}, finding.message), ...remarks(finding));
    if (finding.cost) node.append(element("div", {}, "Cost a month: " + finding.cost));
    if (finding.path) node.append(element("div", {}, element("code", {}, place(finding))));
    if (rule) node.append(element("details", {}, element("summary", {}, "Why, and how to fix it"),
      element("p", {}, rule.rationale), element("pre", {}, rule.remediation)));
    return node;
  }

  // The model: texts, lists, and parts by their names.
  function tree(node) {
    if (typeof node === "string") return document.createTextNode(node);
    if (Array.isArray(node)) return element("ul", {}, ...node.map((one) => element("li", {}, tree(one))));
    const list = element("dl", {});
    for (const [name, value] of Object.entries(node)) list.append(element("dt", {}, name), element("dd", {}, tree(value)));
    return list;
  }

  function options(name, values) {
    const select = form.elements[name];
    for (const value of [...new Set(values)].filter(Boolean).sort()) select.append(element("option", { value }, value));
    select.closest("div").hidden = select.options.length < 2;
  }

  // The address of the page holds what differs from the filters' beginning, so that it can be passed on.
  function remember() {
    const kept = new URLSearchParams();
    for (const control of form.elements) {
      if (control.type === "checkbox" && control.checked !== control.defaultChecked) {
        kept.append(control.checked ? "show" : "hide", control.value);
      } else if (control.type !== "checkbox" && control.name && control.value) kept.append(control.name, control.value);
    }
    const wants = kept.toString() ? "#" + kept : location.pathname + location.search;
    if (location.hash !== (kept.toString() ? "#" + kept : "")) history.replaceState(null, "", wants);
  }

  function recall() {
    const kept = new URLSearchParams(location.hash.slice(1));
    for (const control of form.elements) {
      if (control.type === "checkbox") {
        control.checked = (control.defaultChecked || kept.getAll("show").includes(control.value)) &&
          !kept.getAll("hide").includes(control.value);
      } else if (control.name) {
        const value = kept.get(control.name) || "";
        const known = control.type === "search" || [...control.options].some((option) => option.value === value);
        control.value = known ? value : "";
      }
    }
  }

  function toPaper() {
    findings.all();
    tables.all();
    byId("paper").replaceChildren(element("h2", {}, "Details"), ...tables.items.flatMap((resource) => {
      const parts = sheet(identity(resource));
      for (const part of parts) for (const details of part.querySelectorAll("details")) details.open = true;
      return [element("h3", {}, resource.address), ...parts];
    }));
  }

  options("rule", data.findings.map((finding) => finding.rule));
  options("account", data.resources.map((resource) => resource.account));
  options("region", data.resources.map((resource) => resource.region));
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  byId("close").addEventListener("click", () => dialog.close());
  window.addEventListener("hashchange", () => {
    // A link within the page is no filter.
    if (byId(location.hash.slice(1))) return;
    recall();
    filter();
  });
  window.addEventListener("beforeprint", toPaper);
  window.addEventListener("afterprint", () => byId("paper").replaceChildren());
  for (const [id, items] of [["findings", data.findings], ["resources", data.resources]]) {
    byId(id).closest("table").classList.toggle("unpriced", !items.some((item) => item.cost));
  }
  byId("interactive").hidden = false;
  recall();
  filter();
})();
