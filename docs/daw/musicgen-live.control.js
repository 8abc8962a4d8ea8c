// Not tried in Bitwig Studio: written to the documentation of its controller API. Please tell us what happens.
// Notes of musicgen-live arrive as a controller, Bitwig's transport leads it by MIDI clock, and eight knobs steer it.
loadAPI(18);

host.setShouldFailOnDeprecatedUse(true);
host.defineController("musicgen-live", "musicgen-live", "1.0", "6bd2a2c5-4c0f-4f4e-9f3b-8d3b0a7f21c4", "musicgen-live contributors");
// In: where musicgen-live plays to. Out: where it hears clock and knobs, as --clock-port and --control.
host.defineMidiPorts(1, 1);

// As in bitwig-controls.toml, which --controls reads.
const FIRST_CC = 20;
const KNOBS = ["temperature", "variation", "density", "texture", "polyphony", "transpose", "freeze", "velocity"];
const CONTROL_CHANGE = 0xb0;

let knobs;

function init() {
  const input = host.getMidiInPort(0);
  const output = host.getMidiOutPort(0);
  input.createNoteInput("musicgen-live", "8?????", "9?????");
  output.setShouldSendMidiBeatClock(true);
  knobs = host.createUserControls(KNOBS.length);
  KNOBS.forEach((name, index) => {
    const knob = knobs.getControl(index);
    knob.setLabel(name);
    knob.addValueObserver(128, (value) => output.sendMidi(CONTROL_CHANGE, FIRST_CC + index, value));
  });
  // Values that changed elsewhere come back, and move the knobs.
  input.setMidiCallback((status, data1, data2) => {
    const index = data1 - FIRST_CC;
    if ((status & 0xf0) === CONTROL_CHANGE && index >= 0 && index < KNOBS.length) {
      knobs.getControl(index).set(data2, 128);
    }
  });
}

function flush() {}

function exit() {}
