"""Tokens and what they mean: the seam that training and the live side share. Pure values and functions."""
