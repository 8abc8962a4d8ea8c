"""What a musician plays: keys, phrases, and the decisions that follow from them. Ticks only, no clock and no port."""
