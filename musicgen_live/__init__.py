"""The live side: a small neural network that plays MIDI in time, without TensorFlow."""
