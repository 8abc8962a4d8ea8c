"""From logits to notes: choosing ids, guarding against loops, decoding. Knows no clock, thread or file."""
