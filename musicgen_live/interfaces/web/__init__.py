"""The page in the browser: `play --web`."""
