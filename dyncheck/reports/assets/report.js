"use strict";
// Everything from the scan is put into the page as text nodes or attribute values, never as markup.
(() => {
  const PAGE = 200;
  const SEVERITIES = ["critical", "high", "medium", "low", "info"];
  const data = JSON.parse(document.getElementById("data").textContent);
  const rules = new Map(data.rules.map((rule) => [rule.id, rule]));
  const resources = new Map(data.resources.map((item) => [identity(item), item]));
  const byResource = new Map();
  for (const finding of data.findings) {
    const key = identity(finding);
    if (!byResource.has(key)) byResource.set(key, []);
    byResource.get(key).push(finding);
    const resource = resources.get(key);
    finding.account = (resource && resource.account) || "";
    finding.region = (resource && resource.region) || "";
    finding.state = finding.suppression ? "suppressed" : finding.outcome;
    finding.haystack = [finding.rule, finding.name, finding.address, finding.element, finding.message, finding.path,
      resource && resource.name, ...finding.because].filter(Boolean).join("\n").toLowerCase();
  }
  const form = document.getElementById("filters");
  const body = document.getElementById("findings");
  const status = document.getElementById("count");
  const more = document.getElementById("more");
  const dialog = document.getElementById("detail");
  let shown = [];
  let drawn = 0;

  function identity(item) {
    return JSON.stringify([item.stack, item.address]);
  }

  function element(name, attributes, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
    for (const child of children) if (child !== null && child !== undefined) node.append(child);
    return node;
  }

  function place(item) {
    return item.path ? item.path + ":" + item.line : "";
  }

  function word(finding) {
    return finding.state === "fail" ? finding.severity : finding.state + " (" + finding.severity + ")";
  }

  function row(finding) {
    const severity = element("td", { class: "severity " + (finding.state === "fail" ? finding.severity : finding.state) }, word(finding));
    const open = element("button", { type: "button", class: "link" }, element("code", {}, finding.address));
    open.addEventListener("click", () => detail(identity(finding)));
    const where = element("td", {}, open);
    if (finding.element) where.append(" ", element("code", {}, finding.element));
    const message = element("td", {}, finding.message || finding.name);
    if (finding.because.length) message.append(element("div", { class: "soft" }, "because of " + finding.because.join(", ")));
    if (finding.suppression) message.append(element("div", { class: "soft" }, suppression(finding.suppression)));
    return element("tr", {}, severity, element("td", {}, element("code", {}, finding.rule), " ", finding.name), where, message,
      element("td", {}, element("code", {}, place(finding))), element("td", { class: "number" }, finding.cost || ""));
  }

  function suppression(item) {
    return "suppressed (" + item.kind + ")" + (item.reason ? ": " + item.reason : "") + (item.until ? ", until " + item.until : "");
  }

  function draw(count) {
    const rows = document.createDocumentFragment();
    for (const finding of shown.slice(drawn, drawn + count)) rows.append(row(finding));
    body.append(rows);
    drawn = Math.min(drawn + count, shown.length);
    more.hidden = drawn === shown.length;
    more.textContent = "Show " + Math.min(PAGE, shown.length - drawn) + " more of " + (shown.length - drawn);
  }

  function wanted() {
    const chosen = new FormData(form);
    return {
      severity: new Set(chosen.getAll("severity")), state: new Set(chosen.getAll("state")), rule: chosen.get("rule"),
      account: chosen.get("account"), region: chosen.get("region"),
      text: (chosen.get("text") || "").trim().toLowerCase(),
    };
  }

  function filter() {
    const want = wanted();
    shown = data.findings.filter((item) => want.severity.has(item.severity) && want.state.has(item.state) &&
      (!want.rule || item.rule === want.rule) && (!want.account || item.account === want.account) &&
      (!want.region || item.region === want.region) && (!want.text || item.haystack.includes(want.text)));
    body.replaceChildren();
    drawn = 0;
    draw(PAGE);
    status.textContent = shown.length + " of " + data.findings.length + " findings";
    chart(shown.filter((item) => item.state === "fail"));
  }

  function chart(findings) {
    const SVG = "http://www.w3.org/2000/svg";
    const svg = document.getElementById("chart");
    const counts = SEVERITIES.map((severity) => findings.filter((item) => item.severity === severity).length);
    const most = Math.max(1, ...counts);
    svg.replaceChildren();
    const title = document.createElementNS(SVG, "title");
    title.textContent = "Findings shown, by severity: " + SEVERITIES.map((name, index) => counts[index] + " " + name).join(", ");
    svg.append(title);
    SEVERITIES.forEach((severity, index) => {
      const make = (name, attributes, text) => {
        const node = document.createElementNS(SVG, name);
        for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
        if (text !== undefined) node.textContent = text;
        svg.append(node);
      };
      const y = index * 24;
      make("text", { x: 0, y: y + 15 }, severity);
      make("rect", { x: 70, y: y + 3, width: (230 * counts[index]) / most, height: 16, rx: 2, class: severity });
      make("text", { x: 76 + (230 * counts[index]) / most, y: y + 15 }, String(counts[index]));
    });
  }

  function detail(key) {
    const resource = resources.get(key);
    const findings = byResource.get(key) || [];
    const [stack, address] = JSON.parse(key);
    document.getElementById("detail-title").textContent = address;
    const facts = document.getElementById("detail-facts");
    facts.replaceChildren();
    const fact = (name, value) => value && facts.append(element("dt", {}, name), element("dd", {}, value));
    fact("Stack", stack);
    if (resource) {
      fact("Kind", resource.kind);
      fact("Name", resource.name);
      fact("Source", resource.source);
      fact("Account", resource.account);
      fact("Region", resource.region);
      fact("Declared in", place(resource));
      fact("Monthly cost", resource.cost);
    }
    const list = document.getElementById("detail-findings");
    list.replaceChildren();
    for (const finding of findings) {
      const rule = rules.get(finding.rule);
      const kind = finding.state === "fail" ? finding.severity : finding.state;
      const item = element("li", {}, element("span", { class: "severity " + kind }, word(finding)), " ",
        element("code", {}, finding.rule), " ", finding.name, finding.element ? element("code", {}, " " + finding.element) : null,
        element("div", {}, finding.message));
      if (finding.because.length) item.append(element("div", { class: "soft" }, "because of " + finding.because.join(", ")));
      if (finding.suppression) item.append(element("div", { class: "soft" }, suppression(finding.suppression)));
      if (finding.cost) item.append(element("div", {}, "Cost a month: " + finding.cost));
      if (finding.path) item.append(element("div", {}, element("code", {}, place(finding))));
      for (const related of finding.related) item.append(element("div", { class: "soft" }, related));
      if (rule) item.append(element("details", {}, element("summary", {}, "Why, and how to fix it"),
        element("p", {}, rule.rationale), element("pre", {}, rule.remediation)));
      list.append(item);
    }
    document.getElementById("detail-none").hidden = findings.length > 0;
    dialog.showModal();
  }

  function options(name, values) {
    const select = form.elements[name];
    for (const value of [...new Set(values)].filter(Boolean).sort()) select.append(element("option", { value }, value));
    select.closest("div").hidden = select.options.length < 2;
  }

  function tables() {
    const list = document.getElementById("resources");
    const rows = document.createDocumentFragment();
    for (const resource of data.resources.slice(list.rows.length, list.rows.length + PAGE)) {
      const key = identity(resource);
      const open = element("button", { type: "button", class: "link" }, element("code", {}, resource.address));
      open.addEventListener("click", () => detail(key));
      const failed = (byResource.get(key) || []).filter((item) => item.state === "fail").length;
      rows.append(element("tr", {}, element("td", {}, open), element("td", {}, resource.name || ""), element("td", {}, resource.kind),
        element("td", {}, [resource.account, resource.region].filter(Boolean).join(" ")),
        element("td", {}, element("code", {}, place(resource))),
        element("td", { class: "number" }, String(failed)), element("td", { class: "number" }, resource.cost || "")));
    }
    list.append(rows);
    const left = data.resources.length - list.rows.length;
    const button = document.getElementById("more-resources");
    button.hidden = left === 0;
    button.textContent = "Show " + Math.min(PAGE, left) + " more of " + left;
  }

  options("rule", data.findings.map((item) => item.rule));
  options("account", data.findings.map((item) => item.account));
  options("region", data.findings.map((item) => item.region));
  form.addEventListener("input", filter);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(filter));
  more.addEventListener("click", () => draw(PAGE));
  document.getElementById("more-resources").addEventListener("click", tables);
  document.getElementById("close").addEventListener("click", () => dialog.close());
  window.addEventListener("beforeprint", () => {
    draw(shown.length);
    while (!document.getElementById("more-resources").hidden) tables();
  });
  document.getElementById("interactive").hidden = false;
  filter();
  tables();
})();
