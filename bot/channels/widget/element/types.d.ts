/** What the gateway sends (see /api/openapi.json), as far as the widget uses it; and what the widget keeps. */

export interface Button {
  title: string;
  action: string;
}

export interface Source {
  title: string;
  org?: string | null;
  year?: number | string | null;
  url?: string | null;
}

export interface Passage {
  id: string;
  finding: string;
  aspect: string;
  title: string;
  text: string;
  sources: Source[];
  review: { status: "draft" | "reviewed" | "expired"; reviewed_on?: string | null };
}

export type Status = "present" | "absent" | "uncertain" | "prior";

/** A sentence of the report, the terms in it that name a finding, and the details that it gives, in its own words. */
export interface Quote {
  sentence: string;
  terms: string[];
  details: string[];
}

export interface ReportFinding {
  number: number;
  finding: string;
  name: string;
  plain: string;
  told: string;
  short: string;
  quotes: Quote[];
  title?: string;
  action?: string;
}

/** The findings of one status; `told` is how that status is told of most of them. */
export interface ReportGroup {
  status: Status;
  title: string;
  hint: string;
  told: string;
  findings: ReportFinding[];
}

export interface SheetRow {
  kind: "title" | "small" | "heading" | "line" | "item" | "ask" | "note";
  text: string;
}

export interface Report {
  opening: string;
  groups: ReportGroup[];
  contradictions: { line: string }[];
  hedges: { words: string; short: string; title: string; action: string }[];
  normal: string[];
  unexplained: string[];
  questions: string[];
  closing: string;
  review: string;
  titles: Record<"contradictions" | "hedges" | "normal" | "unexplained" | "questions", string>;
  sheet?: { html: string; rows: SheetRow[] };
}

export interface Urgent {
  level: "emergency" | "same-day" | "soon";
  flags: string[];
  call: string;
}

/** A message of any type. Each type has its own part; of a type that is not known, `text` and `buttons` are shown. */
export interface Message {
  id: string;
  type: string;
  text: string;
  /** A sentence that comes before a passage. */
  lead?: string;
  buttons?: Button[];
  passage?: Passage;
  choices?: (Button & { passage_id?: string | null })[];
  report?: Report;
  urgent?: Urgent;
}

export interface Config {
  name: string;
  phone: string;
  emergency_number: string;
  crisis_line: string;
  booking_url: string;
  privacy_url?: string;
  colours: Record<string, string>;
  limits: { text: number; report: number; idle_minutes: number };
  widget?: { title?: string; label?: string; position?: string; theme?: string; keep_transcript?: boolean };
}

/** What a patient said: typed text, a report, or a button with its title. */
export type Said =
  | { kind: "text"; text: string }
  | { kind: "report"; text: string }
  | { kind: "action"; text: string; action: string };

/** Why a turn was not answered: the key of its words, or a problem of the gateway in its own words. */
export interface Failure {
  kind: "offline" | "unreachable" | "timeout" | "interrupted" | "start" | "problem" | "other";
  detail?: string;
}

/** What was said and what was answered. The first turn is the greeting: nobody said anything. */
export interface Turn {
  key: number;
  said: Said | null;
  state: "sending" | "answered" | "failed";
  messages: Message[];
  failure?: Failure;
  /** The conversation before had ended on the server. */
  renewed?: boolean;
  /** By message id: what the patient said of it. */
  feedback?: Record<string, "yes" | "no">;
}

export type Words = typeof import("./words.en.json");
