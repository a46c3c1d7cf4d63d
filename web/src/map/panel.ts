/** Everything about one hexagon: why it is hot, in words first, then how much, then what to do about it. */
import { itemPath } from "./client";
import { element } from "./dom";
import { AGENCIES, type Collection, type Hex, type HexProperties } from "./types";
import { confidence, count, day, list, number, place, sentenceCase, words } from "./words";

export function renderPanel(collection: Collection, hex: Hex, close: () => void): HTMLElement[] {
  const { properties } = hex;
  return [
    renderHead(hex, close),
    element("p", { class: "govuk-body aim-panel__rationale" }, properties.rationale),
    renderCounts(properties),
    renderFacts(facts(collection, properties)),
    ...renderCaveats(properties.caveats),
    renderLinks(collection, hex),
    element("p", { class: "aim-panel__marking" }, properties.marking),
  ];
}

function renderHead(hex: Hex, close: () => void): HTMLElement {
  const title = `Rank ${number(hex.properties.rank)}: ${place(hex)}`;
  const button = element("button", { type: "button", class: "govuk-button govuk-button--secondary" }, "Close");
  button.addEventListener("click", close);
  const heading = element("h2", { class: "govuk-heading-m", id: "panel-heading", tabindex: "-1" }, title);
  return element("div", { class: "aim-panel__head" }, heading, button);
}

/** A table that is also a bar drawing: the bars repeat the numbers, so they are hidden from a screen reader. */
function renderCounts(properties: HexProperties): HTMLElement {
  const counts: Count[] = [
    ["All", properties.count_total, "all"],
    ...AGENCIES.map((agency): Count => [sentenceCase(agency), properties[`count_${agency}`], "agency"]),
    ["Average", properties.expected, "average"],
  ];
  const largest = Math.max(...counts.map(([, value]) => value));
  const rows = counts.map((row) => countRow(row, largest));
  const caption = element("caption", { class: "govuk-table__caption govuk-table__caption--s" }, "Incidents, and how many the average hexagon has");
  return element("table", { class: "govuk-table aim-bars" }, caption, element("tbody", { class: "govuk-table__body" }, ...rows));
}

type Count = [label: string, value: number, kind: "all" | "agency" | "average"];

function countRow([label, value, kind]: Count, largest: number): HTMLElement {
  const bar = element("span", { class: `aim-bars__bar aim-bars__bar--${kind}` });
  const share = largest ? value / largest : 0;
  bar.style.width = `${share * 100}%`;
  return element(
    "tr",
    { class: "govuk-table__row" },
    element("th", { scope: "row", class: "govuk-table__header" }, label),
    element("td", { class: "govuk-table__cell govuk-table__cell--numeric" }, number(value)),
    element("td", { class: "govuk-table__cell aim-bars__track", "aria-hidden": "true" }, bar),
  );
}

type Fact = [label: string, value: string | null];

function facts(collection: Collection, properties: HexProperties): Fact[] {
  const optional = (code: string | null) => code && words(code);
  return [
    ["Confidence", confidence(collection, properties.confidence)],
    ["Since last run", rankChange(properties.rank_change)],
    ["Shift", optional(properties.shift ?? null)],
    ["Over time", optional(properties.hotspot_class)],
    ["Mostly", list(properties.top_categories.map(words)) || null],
    ["Lead agency", optional(properties.lead_agency)],
    ["Supporting", list(properties.supporting_agencies.map(words)) || null],
    ["Tactical option", optional(properties.tactical_option)],
    ["Strand", optional(properties.strand)],
    ["Control strategy", properties.control_strategy_title ?? optional(properties.control_strategy_ref)],
    ["Score", list(properties.score_parts ?? []) || null],
    ["Presence", properties.dosage ?? null],
    ["Plan owner", properties.plan_owner],
    ["Status", optional(properties.status)],
    ["Valid", validity(properties)],
    ["Review", properties.review_at && day(properties.review_at)],
    ["Location", precision(properties)],
    ["Handling", properties.handling_instruction ?? null],
  ];
}

function rankChange(change: number | null): string | null {
  if (change === null) {
    return null;
  }
  return change === 0 ? "Same rank" : `${change > 0 ? "Up" : "Down"} ${count(Math.abs(change), "place")}`;
}

function validity({ valid_from, valid_to }: HexProperties): string | null {
  return valid_from && valid_to ? `${day(valid_from)} to ${day(valid_to)}` : null;
}

function precision({ location_exact, location_rounded, location_snapped }: HexProperties): string {
  return `${number(location_exact)} exact, ${number(location_rounded)} rounded, ${number(location_snapped)} moved to a nearby point`;
}

function renderFacts(pairs: Fact[]): HTMLElement {
  const rows = pairs.flatMap(([label, value]) => (value ? [factRow(label, value)] : []));
  return element("dl", { class: "govuk-summary-list aim-panel__facts" }, ...rows);
}

function factRow(label: string, value: string): HTMLElement {
  return element(
    "div",
    { class: "govuk-summary-list__row" },
    element("dt", { class: "govuk-summary-list__key" }, label),
    element("dd", { class: "govuk-summary-list__value" }, value),
  );
}

function renderCaveats(caveats: readonly string[]): HTMLElement[] {
  const items = caveats.map((caveat) => element("li", {}, caveat));
  return items.length
    ? [
        element("h3", { class: "govuk-heading-s" }, "Read with care"),
        element("ul", { class: "govuk-list govuk-list--bullet" }, ...items),
      ]
    : [];
}

function renderLinks(collection: Collection, hex: Hex): HTMLElement {
  const path = itemPath(collection.id, hex.id);
  return element(
    "p",
    { class: "govuk-body" },
    element("a", { class: "govuk-link", href: `${path}?f=html` }, "This hexagon as a page"),
    ", ",
    element("a", { class: "govuk-link", href: `${path}?f=json` }, "as GeoJSON"),
  );
}
