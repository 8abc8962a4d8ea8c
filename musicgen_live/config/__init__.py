"""What can be set: settings, parameters, presets, controller maps, and where a user's files of them lie."""
