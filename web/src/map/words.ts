/** Numbers, dates and codes as a person would say them. Pure. */
import { AGENCIES, type Agency, type Collection, type Hex } from "./types";

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "Europe/London" });
const NUMBER = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 1 });
const LIST = new Intl.ListFormat("en-GB", { type: "conjunction" });
const CHOICE = new Intl.ListFormat("en-GB", { type: "disjunction" });

export const number = (value: number) => NUMBER.format(value);

export const count = (value: number, noun: string) => `${number(value)} ${noun}${value === 1 ? "" : "s"}`;

export const list = (parts: readonly string[]) => LIST.format(parts);

/** "2026-09-30" or a full timestamp as "30 September 2026". */
export const day = (value: string) => DAY.format(new Date(value));

export const sentenceCase = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** A code of the vocabulary in words: "manage_hotspots" as "Manage hotspots". */
export const words = (code: string) => sentenceCase(code.replaceAll("_", " "));

/** "Police to 30 September 2026 and fire to 2 October 2026. No council data in this layer." */
export function freshness(cutoff: Record<Agency, string | null>): string {
  const known = AGENCIES.flatMap((agency) => (cutoff[agency] ? [`${agency} to ${day(cutoff[agency])}`] : []));
  const absent = AGENCIES.filter((agency) => !cutoff[agency]);
  const have = known.length ? [`${sentenceCase(list(known))}.`] : [];
  const lack = absent.length ? [`No ${CHOICE.format(absent)} data in this layer.`] : [];
  return [...have, ...lack].join(" ");
}

/** The legend's words for a hexagon's confidence, so that colour never stands alone. */
export function confidence(collection: Collection, value: string): string {
  const entry = collection.legend.find((candidate) => candidate.property === "confidence" && candidate.value === value);
  return entry?.label ?? value;
}

/** The place, for people who do not read cell numbers. */
export const place = (hex: Hex) => hex.properties.area_name ?? `Hexagon ${hex.id}`;

/** One line that tells a hexagon: "Rank 1, Central: 42 incidents, hot with 99 % confidence". */
export function summary(collection: Collection, hex: Hex): string {
  const { rank, count_total, confidence: value } = hex.properties;
  return `Rank ${number(rank)}, ${place(hex)}: ${count(count_total, "incident")}. ${confidence(collection, value)}.`;
}
