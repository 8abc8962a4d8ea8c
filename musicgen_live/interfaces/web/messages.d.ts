// The messages to the page, from the Python classes. Written by `python -m tests.support.message_types`.

/** Tick, length, pitch, velocity, times in ticks; and the part, if the music is split. */
export type Note = [number, number, number, number, string?];

export type Value = number | string | boolean | null;

export interface ParameterRow {
  name: string;
  kind: "number" | "integer" | "choice" | "text" | "switch" | "action" | "pitch";
  help: string;
  applies: "next bar" | "output" | "at once" | "session";
  minimum: number;
  maximum: number;
  sweep: [number, number];
  step: number;
  unit: string;
  choices: string[];
  optional: boolean;
  off: string;
  zero: string;
}

export interface Hello {
  event: "hello";
  parameters: ParameterRow[];
  instruments: string[];
  kept: string[];
  notes: number;
  dropped: number;
}

export interface Pong {
  event: "pong";
  ping: number;
  now_s: number;
}

export interface Ports {
  event: "ports";
  outputs: string[];
}

export interface Card {
  name: string;
  words: string;
}

export interface Cards {
  event: "cards";
  presets: Card[];
  models: Card[];
  scenes: string[];
}

export interface FileData {
  event: "file";
  name: string;
  data: string;
}

export interface Opened {
  event: "opened";
  outputs: string[];
  inputs: string[];
  take: string | null;
  meter: [number, number];
  sync: string;
  values: Record<string, Value>;
  seed: number | null;
  sound: string | null;
}

export interface OutputsChanged {
  event: "outputs-changed";
  outputs: string[];
}

export interface Position {
  event: "place";
  tick: number;
  at_s: number;
  tempo: number;
  runs: boolean;
}

export interface BarBegan {
  event: "bar-began";
  bar: number;
}

export interface Planned {
  event: "planned";
  tick: number;
  until_tick: number;
  notes: Note[];
  sections: [number, string][];
}

export interface MessagesSent {
  event: "struck";
  take_tick: number;
  messages: string[];
  late_ms: number[];
  dropped: number;
}

export interface Played {
  event: "played";
  tick: number;
  pitch: number;
  velocity: number;
}

export interface TurnBegan {
  event: "turn-began";
  whose: "you" | "network";
  tick: number;
  until_tick: number | null;
}

export interface MeterChanged {
  event: "meter-changed";
  meter: [number, number];
  tick: number;
  bar: number;
}

export interface Granted {
  event: "asked";
  name: string;
  value: Value;
  bar: number;
}

export interface Changed {
  event: "changed";
  name: string;
  value: Value;
  bar: number;
}

export interface Refused {
  event: "refused";
  name: string;
  reason: string;
}

export interface Kept {
  event: "kept";
  path: string;
  first_bar: number;
  bars: number;
}

export interface PresetSaved {
  event: "preset-saved";
  name: string;
}

export interface SceneStored {
  event: "scene-stored";
  name: string;
}

export interface UserMessage {
  event: "said";
  text: string;
}

export interface Ended {
  event: "ended";
}

export type Message =
  Hello | Pong | Ports | Cards | FileData | Opened | OutputsChanged | Position | BarBegan | Planned | MessagesSent | Played | TurnBegan | MeterChanged | Granted | Changed | Refused | Kept | PresetSaved | SceneStored | UserMessage | Ended;
