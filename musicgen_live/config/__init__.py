"""Settings, parameters, presets, controller maps, and the folders of their files."""
