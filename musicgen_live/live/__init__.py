"""Musical time and the player that keeps it. Knows no network, no concrete port and no command line."""
